"""The figures as data: what each counts, by which date, of which cohort; pure and versioned."""
