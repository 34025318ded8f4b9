package camt

// maxElements bounds how many elements of a file are kept; a statement of forty thousand
// full entries has fewer.
const maxElements = 1_000_000

// bounds are how many of those elements a file may have that become values of their own.
func bounds() map[string]int {
	return map[string]int{"Stmt": 2_000, "Ntfctn": 2_000, "Ntry": 100_000, "TxDtls": 100_000}
}

// count refuses a file of more elements than any bank's: what is small on disk is large
// in memory.
func (b *builder) count(n *node) error {
	b.left--
	left, bounded := b.bounds[n.name]
	if bounded {
		b.bounds[n.name] = left - 1
	}
	if b.left < 0 || bounded && left <= 0 {
		return &problem{line: n.line, reason: "there are more elements than in a bank's file", large: true}
	}
	return nil
}
