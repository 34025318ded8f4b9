// Package rail carries payments out. A rail takes an instruction once per attempt, by
// its end-to-end id, can be asked what became of it, and says what it can do. Package
// railtest has the rules that every rail keeps.
package rail

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
)

// Rail is a way by which money travels. What is called "outside" is whatever takes the
// money on: a bank, a provider, a courier.
type Rail interface {
	// Capabilities say what the rail is and can do; they never change.
	Capabilities() Capabilities

	// Prepare checks, without any effect, that an instruction can be carried out. A
	// fault of kind Invalid says that it never can.
	Prepare(ctx context.Context, in payment.Instruction) error

	// Submit hands an instruction over, and answers Waiting where it has not left yet,
	// otherwise Taken. The same instruction again is no second payment and is answered
	// alike; another one under the same end-to-end id is refused (REFERENCE_CONFLICT).
	// A fault of kind Invalid proves that it was not taken and never will be; after any
	// other error nobody knows.
	Submit(ctx context.Context, in payment.Instruction) (payment.Finding, error)

	// Poll tells what the rail knows of an attempt. It answers Refused only with proof
	// that the money never leaves, however often it is asked.
	Poll(ctx context.Context, a payment.Attempt) (payment.Finding, error)

	// Reconcile reads a file that came from outside, whole or not at all. The same file
	// says the same each time.
	Reconcile(ctx context.Context, file []byte) (Report, error)

	// Cancel takes back what has not left, all of it or nothing. Without an error that
	// is proof: it never leaves. What has left is refused, and stays.
	Cancel(ctx context.Context, c payment.Cancellation) error
}

// Filer is a rail whose payments leave in files that people carry.
type Filer interface {
	Rail
	// Compose makes the sealed file of its sealed instructions.
	Compose(ctx context.Context, content payment.FileContent) (payment.SealedFile, error)
	// MediaType is what its files are.
	MediaType() string
	// Open opens a sealed file.
	Open(ctx context.Context, fileID string, sealed []byte) ([]byte, error)
	// Destroy destroys a file's key, and with it every copy that is still sealed.
	Destroy(ctx context.Context, fileID string) error
}

// Report is what a file from outside says.
type Report struct {
	// SHA256 is the digest of the file.
	SHA256 []byte
	// Statements are those of the rail's senders.
	Statements []statement.Statement
	// LeftOut are the currencies of statements that are not the senders'.
	LeftOut []string
	// Refused are statements that cannot be taken; they stand in no other's way.
	Refused []statement.Refused
}
