package checkpoint

import (
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// Published is a checkpoint as the ledger keeps it.
type Published struct {
	merkle.Head
	// Note is the signed note, without the cosignatures that came since.
	Note []byte
	// Cosignatures are the signature lines that came since, without their
	// newlines and as they are kept; only read.
	Cosignatures []string
	// PublishedOn is the UTC day on which it was signed.
	PublishedOn leaf.Day
	// Previous is the size of the checkpoint before it, -1 for the first; only
	// read.
	Previous int64
}

// Cosignature is what a witness has answered to a published checkpoint.
type Cosignature struct {
	// Size is that of the checkpoint.
	Size int64
	// Witness and KeyID name the witness's key.
	Witness string
	KeyID   uint32
	// Line is the signature line, without its newline.
	Line string
}

// SigningKey is a key that signs checkpoints, or did.
type SigningKey struct {
	// Generation numbers the keys from 1.
	Generation int
	// VerifierKey is the public half, "name+id+key".
	VerifierKey string
	// FirstSize is the size of the smallest tree that it signs for.
	FirstSize int64
	// Endorsement is the signature of the key before it over this one; empty for
	// the first.
	Endorsement string
}
