"""The steps of the heart: absorb, score, classify, react, and what each of them needs."""
