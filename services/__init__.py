"""The application: rooms, the runtime under them, the stack around them. No published package."""
