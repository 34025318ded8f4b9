package server

import (
	"bufio"
	"context"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

// maxTail is how many leaves behind the published checkpoint books can be asked
// for: what came after the size has to be taken off and recomputed.
const maxTail = 1_000_000

// checkpointPage is how many checkpoints are given out at once.
const checkpointPage = 100

// ReadBooks streams what the tables beside the leaves say.
func (s *Log) ReadBooks(req *ledgerv1.ReadBooksRequest, stream grpc.ServerStreamingServer[ledgerv1.ReadBooksResponse]) error {
	ctx := stream.Context()
	c, size, err := s.size(ctx, "size", req.GetSize())
	if err != nil {
		return err
	}
	if c.Size-size > s.tail {
		return fault.Field("size", fault.FieldNotPossible, "is older than the last million of published leaves; verify a newer checkpoint")
	}
	out := bufio.NewWriterSize(sender(func(p []byte) error {
		return stream.Send(&ledgerv1.ReadBooksResponse{Data: p})
	}), chunk)
	w := tables.NewWriter(out)
	if err := s.leaves.Dump(ctx, size, w.Write); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return out.Flush()
}

// ReadCheckpoints reads a page of the published checkpoints.
func (s *Log) ReadCheckpoints(ctx context.Context, req *ledgerv1.ReadCheckpointsRequest) (*ledgerv1.ReadCheckpointsResponse, error) {
	if req.GetFrom() < 0 {
		return nil, fault.Field("from", fault.FieldOutOfRange, "must not be negative")
	}
	c, err := s.publisher.Latest(ctx)
	if err != nil {
		return nil, err
	}
	keys, _, err := s.publisher.Keys(ctx, c.Size)
	if err != nil {
		return nil, err
	}
	page, err := s.leaves.Checkpoints(ctx, req.GetFrom()-1, checkpointPage)
	if err != nil {
		return nil, err
	}
	var list tables.List
	for _, k := range keys {
		list.Keys = append(list.Keys, tables.Key{Verifier: k.VerifierKey, Endorsement: k.Endorsement})
	}
	for _, c := range page {
		list.Checkpoints = append(list.Checkpoints, tables.Published{Size: c.Size, Root: c.Root, Previous: c.Previous, Note: s.publisher.Signed(c)})
	}
	return &ledgerv1.ReadCheckpointsResponse{Data: list.Append(nil)}, nil
}
