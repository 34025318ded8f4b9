package payment

import (
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// FileState is where a payment file stands. The zero FileState is invalid.
type FileState string

// A file ends empty, withdrawn or destroyed.
const (
	FileCollecting FileState = "COLLECTING" // payments are on their way into it
	FileSealed     FileState = "SEALED"     // it can be fetched
	FileEmpty      FileState = "EMPTY"      // each of its payments failed before
	FileWithdrawn  FileState = "WITHDRAWN"  // nobody fetched it, and nobody will
	FileDestroyed  FileState = "DESTROYED"  // its key is gone
)

// fileMoves lists where a file may go from each state.
var fileMoves = map[FileState][]FileState{
	FileCollecting: {FileSealed, FileEmpty},
	FileSealed:     {FileWithdrawn, FileDestroyed},
}

// MoveFile reports, as a fault, that a file in state from may not go to state to.
func MoveFile(from, to FileState) error { return fault.Move("payment file", fileMoves, from, to) }

// CheckFetchable reports, as a fault, that a file is not there to be fetched.
func CheckFetchable(s FileState) error {
	if s != FileSealed {
		return fault.New(fault.Precondition, fault.ReasonFileNotSealed, "The file is not there to be fetched.")
	}
	return nil
}

// FileContent is what a payment file is made of.
type FileContent struct {
	ID string
	// MessageID is the file's name at the bank.
	MessageID string
	// Rail is the id of its rail, Sender that of the account that pays.
	Rail, Sender string
	Lines        []SealedLine
}

// SealedLine is one instruction of a file; its destination is sealed.
type SealedLine struct {
	PaymentID  string
	Number     int
	EndToEndID string
	Currency   string
	Minor      int64
	Sealed     []byte
}

// SealedFile is a complete payment file.
type SealedFile struct {
	ID string
	// Sealed is its content and SHA256 the digest of that before it was sealed; both
	// are nil for a file without lines.
	Sealed, SHA256 []byte
	Lines          int
	// Total is the sum of its lines in minor units.
	Total int64
}
