package book

// Digest is what repeats of a draft are compared by.
func Digest(d *Draft) [32]byte { return digest(d) }
