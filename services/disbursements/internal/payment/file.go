package payment

import "github.com/solidarity-fund/solidarity/services/internal/fault"

// FileState is where a payment file stands. The zero FileState is invalid.
type FileState string

// The states of a payment file.
const (
	FileCollecting FileState = "COLLECTING"
	FileSealed     FileState = "SEALED"
	FileEmpty      FileState = "EMPTY"
	FileDestroyed  FileState = "DESTROYED"
)

// fileMoves lists where a file may go from each state.
var fileMoves = map[FileState][]FileState{
	FileCollecting: {FileSealed, FileEmpty},
	FileSealed:     {FileDestroyed},
}

// MoveFile reports, as a fault, that a file in state from may not go to state to.
func MoveFile(from, to FileState) error { return fault.Move("payment file", fileMoves, from, to) }

// CheckFetchable reports, as a fault, that a file is not there to be fetched.
func CheckFetchable(s FileState) error {
	if s != FileSealed {
		return fault.New(fault.Precondition, "FILE_NOT_SEALED", "The file is not there to be fetched.")
	}
	return nil
}
