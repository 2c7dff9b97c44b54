"""Filing: cases come in, receipts go out; personal data and access keys are kept here."""
