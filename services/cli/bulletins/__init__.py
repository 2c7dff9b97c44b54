"""The bulletin 通报 as people read it: terminal, HTML, Word. Pure: JSON in, text or bytes out."""
