package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"golang.org/x/mod/sumdb/note"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// source reads a log over gRPC, as the gateway's raw paths do.
type source struct{ log ledgerv1.LogServiceClient }

func (s source) Checkpoint(ctx context.Context) ([]byte, error) {
	c, err := s.log.GetCheckpoint(ctx, &ledgerv1.GetCheckpointRequest{})
	return []byte(c.GetNote()), err
}

func (s source) Tile(ctx context.Context, path string) ([]byte, error) {
	ref, err := merkle.ParsePath(path)
	if err != nil {
		return nil, err
	}
	width := int32(ref.Width % merkle.TileWidth)
	if !ref.Entries {
		resp, err := s.log.ReadTile(ctx, &ledgerv1.ReadTileRequest{Level: int32(ref.Level), Index: ref.Index, Width: width})
		return resp.GetData(), err
	}
	stream, err := s.log.ReadEntriesTile(ctx, &ledgerv1.ReadEntriesTileRequest{Index: ref.Index, Width: width})
	if err != nil {
		return nil, err
	}
	var out []byte
	for {
		resp, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, resp.GetData()...)
	}
}

// fill books enough for two tiles of leaves and an unfinished third.
func fill(f *fixture) {
	for i := range 6 {
		var drafts []*ledgerv1.TransactionDraft
		for j := range 100 {
			drafts = append(drafts, postingtest.Gift(fmt.Sprintf("g/%d/%d", i, j), 100))
		}
		f.post(drafts...)
	}
}

func TestOutsiderVerifiesTheWholeLogWithTheKey(t *testing.T) {
	t.Parallel()
	f := setup(t)
	fill(f)
	c, err := f.log().GetCheckpoint(t.Context(), &ledgerv1.GetCheckpointRequest{})
	if err != nil {
		t.Fatal(err)
	}
	key, err := checkpoint.ParseVerifier(c.GetVerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	f.post(postingtest.Gift("later", 1))

	report, err := verify.Run(t.Context(), verify.Options{Source: source{f.log()}, Keys: []note.Verifier{key}, Kept: []byte(c.GetNote())})
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK() || !report.Signed || !report.Continued || report.Transactions != 601 {
		t.Errorf("report: %+v", report)
	}
}

func TestProofsHoldAgainstTheCheckpoint(t *testing.T) {
	t.Parallel()
	f := setup(t)
	fill(f)
	anyone := ledgerv1.NewLogServiceClient(f.bench.As(identity.Caller{Service: "gateway"}))

	in, err := anyone.GetInclusionProof(t.Context(), &ledgerv1.GetInclusionProofRequest{Sequence: 301})
	if err != nil {
		t.Fatal(err)
	}
	root := merkle.Hash(in.GetCheckpoint().GetRootHash())
	if err := merkle.CheckInclusion(toHashes(in.GetHashes()), in.GetTreeSize(), root, 301, merkle.Hash(in.GetLeafHash())); err != nil {
		t.Errorf("inclusion: %v", err)
	}
	tx, err := f.books().GetTransaction(t.Context(), &ledgerv1.GetTransactionRequest{Name: "ledger/transactions/301"})
	if err != nil || !bytes.Equal(tx.GetLeafHash(), in.GetLeafHash()) {
		t.Errorf("transaction 301: %v, %v", tx, err)
	}

	f.post(postingtest.Gift("later", 1))
	con, err := anyone.GetConsistencyProof(t.Context(), &ledgerv1.GetConsistencyProofRequest{FirstSize: 600})
	if err != nil {
		t.Fatal(err)
	}
	newRoot := merkle.Hash(con.GetCheckpoint().GetRootHash())
	if err := merkle.CheckConsistency(toHashes(con.GetHashes()), 601, newRoot, 600, root); err != nil {
		t.Errorf("consistency: %v", err)
	}
}

func TestWhatIsNotPublishedIsNotThere(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.post(postingtest.Gift("g", 1))
	ctx, log := t.Context(), f.log()
	_, err := log.ReadTile(ctx, &ledgerv1.ReadTileRequest{Width: 2})
	if !fault.OfKind(err, fault.NotFound) {
		t.Errorf("wide tile: %v", err)
	}
	for name, req := range map[string]*ledgerv1.ReadTileRequest{
		"level": {Level: 8}, "index": {Index: -1}, "width": {Width: 256},
	} {
		if _, err := log.ReadTile(ctx, req); !fault.OfKind(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := log.ReadTile(ctx, &ledgerv1.ReadTileRequest{Index: 1 << 62}); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("far tile: %v", err)
	}
	if _, err := log.GetInclusionProof(ctx, &ledgerv1.GetInclusionProofRequest{Sequence: 1}); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("inclusion of a later leaf: %v", err)
	}
	if _, err := log.GetConsistencyProof(ctx, &ledgerv1.GetConsistencyProofRequest{FirstSize: 2}); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("consistency with a later tree: %v", err)
	}
	treasurer := ledgerv1.NewLogServiceClient(f.as("staff/s_t", policyv1.Role_ROLE_TREASURER))
	if _, err := (source{treasurer}).Tile(ctx, "tile/entries/000.p/1"); !fault.OfKind(err, fault.PermissionDenied) {
		t.Errorf("treasurer reads leaves: %v", err)
	}
}

func TestJournalEndsWithTheNumberOfTransactions(t *testing.T) {
	t.Parallel()
	f := setup(t)
	fill(f)
	for format, want := range map[ledgerv1.JournalFormat]string{
		ledgerv1.JournalFormat_JOURNAL_FORMAT_HLEDGER:   "; end: 600 transactions\n",
		ledgerv1.JournalFormat_JOURNAL_FORMAT_BEANCOUNT: "; end: 600 transactions\n",
	} {
		stream, err := f.log().ExportJournal(t.Context(), &ledgerv1.ExportJournalRequest{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		for {
			resp, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			out.Write(resp.GetData())
		}
		if !bytes.HasSuffix(out.Bytes(), []byte(want)) {
			t.Errorf("%s ends with %q", format, out.Bytes()[max(0, out.Len()-60):])
		}
	}
}

func toHashes(in [][]byte) []merkle.Hash {
	out := make([]merkle.Hash, len(in))
	for i := range in {
		out[i] = merkle.Hash(in[i])
	}
	return out
}
