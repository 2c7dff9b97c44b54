"""Agencies: the offices' service, a process for an agency or for several."""
