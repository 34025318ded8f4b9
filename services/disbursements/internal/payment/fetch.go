package payment

import (
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// FileVerb is what people do with a payment file.
type FileVerb string

// One person proposes to fetch a file, another fetches it; what nobody has fetched, one
// person withdraws.
const (
	ProposeDownload FileVerb = "proposeDownload"
	Download        FileVerb = "download"
	Withdraw        FileVerb = "withdraw"
)

// InFile are the states in which a verb is open.
func InFile(FileVerb) []FileState { return []FileState{FileSealed} }

// Fetching is what decides whether a person may act on a file.
type Fetching struct {
	State FileState
	// Proposed says that its download is proposed, ProposedBy by whom.
	Proposed   bool
	ProposedBy string
	// Left says that it was fetched.
	Left bool
	// Paid says that the bank has paid one of its payments by an attempt that had failed.
	Paid bool
	// RailStoppedBy and SenderStoppedBy are empty while its way is open.
	RailStoppedBy, SenderStoppedBy string
}

// May reports, as a fault, that a person may not do this with the file now.
func (f Fetching) May(v FileVerb, person string) error {
	if err := CheckFetchable(f.State); err != nil {
		return err
	}
	switch {
	case v == Withdraw && f.Left:
		return Left()
	case v == Withdraw:
		return nil
	case v == ProposeDownload && f.Proposed:
		return fault.New(fault.Precondition, fault.ReasonDownloadAlreadyProposed, "A download of the file is proposed already.")
	case v == ProposeDownload:
		return nil
	case !f.Proposed:
		return fault.New(fault.Precondition, fault.ReasonNoProposal, "Nobody has proposed a download of the file.")
	case f.ProposedBy == person:
		return FetchedByProposer()
	case f.Paid:
		return PaidAfterFailed()
	}
	return CheckRuns(f.RailStoppedBy, f.SenderStoppedBy)
}

// FetchedByProposer is the fault for a person who would fetch what they proposed to.
func FetchedByProposer() *fault.Fault {
	return fault.SamePerson("fetch a file that they proposed to fetch")
}

// Left is the fault for taking back what has left.
func Left() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonPaymentLeft, "The payment has left: it can be settled, refused or returned only.")
}
