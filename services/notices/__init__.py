"""通知: people are told what happened and what waits for them, by webhook and by mail."""
