package server

import (
	"context"

	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// chunkSize is how much of a file one message carries, in bytes.
const chunkSize = 64 << 10

// ListPaymentFiles lists a plan's files.
func (s *Server) ListPaymentFiles(ctx context.Context, req *disbursementsv1.ListPaymentFilesRequest) (*disbursementsv1.ListPaymentFilesResponse, error) {
	id, err := planID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	if err := there(id, func() error { _, err := s.Store.Plan(ctx, id); return err }); err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]store.File, error) {
		return s.Store.Files(ctx, id, s.acts.files.Page(identity.From(ctx), p))
	}, func(r store.File) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	list, err := s.fileProtos(ctx, rows...)
	if err != nil {
		return nil, err
	}
	return &disbursementsv1.ListPaymentFilesResponse{PaymentFiles: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// ProposePaymentFileDownload proposes that a second person fetches a file.
func (s *Server) ProposePaymentFileDownload(ctx context.Context, req *disbursementsv1.ProposePaymentFileDownloadRequest) (*disbursementsv1.PaymentFile, error) {
	planID, id, err := resource.PaymentFile.IDs("name", req.GetName())
	if err != nil {
		return nil, err
	}
	reason, err := enum.RequiredWord("reason", req.GetReason())
	if err != nil {
		return nil, err
	}
	if err := s.Store.ProposeDownload(ctx, planID, id, person(ctx), reason); err != nil {
		return nil, err
	}
	return s.file(ctx, planID, id)
}

// WithdrawPaymentFile takes a file back that nobody has fetched.
func (s *Server) WithdrawPaymentFile(ctx context.Context, req *disbursementsv1.WithdrawPaymentFileRequest) (*disbursementsv1.PaymentFile, error) {
	planID, id, err := resource.PaymentFile.IDs("name", req.GetName())
	if err != nil {
		return nil, err
	}
	f, err := s.Store.File(ctx, planID, id)
	if err != nil {
		return nil, err
	}
	r, err := s.Rails.Filer(f.Rail)
	if err != nil {
		return nil, err
	}
	c := payment.Cancellation{Plan: planID, File: id, Person: person(ctx), Unfetched: func(ctx context.Context) error {
		return s.unfetched(ctx, planID, id)
	}}
	if err := r.Cancel(ctx, c); err != nil {
		return nil, err
	}
	return s.file(ctx, planID, id)
}

// file answers one file.
func (s *Server) file(ctx context.Context, planID, id string) (*disbursementsv1.PaymentFile, error) {
	f, err := s.Store.File(ctx, planID, id)
	if err != nil {
		return nil, err
	}
	list, err := s.fileProtos(ctx, f)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// DownloadPaymentFile streams a file whose download another person proposed. The
// proposal is used up first: what leaves is noted before it leaves.
func (s *Server) DownloadPaymentFile(req *disbursementsv1.DownloadPaymentFileRequest, stream grpc.ServerStreamingServer[disbursementsv1.DownloadPaymentFileResponse]) error {
	ctx := stream.Context()
	planID, id, err := resource.PaymentFile.IDs("name", req.GetName())
	if err != nil {
		return err
	}
	f, err := s.Store.MayTake(ctx, planID, id, person(ctx))
	if err != nil {
		return err
	}
	if err := s.leaves(ctx, planID, id); err != nil {
		return err
	}
	leaf, err := s.recordFetched(ctx, posting.PlanStep{Plan: planID, Person: personID(ctx), Digest: f.Digest}, f)
	if err != nil {
		return err
	}
	sealed, err := s.Store.TakeDownload(ctx, planID, id, person(ctx), leaf.Sequence)
	if err != nil {
		return err
	}
	files, err := s.Rails.Filer(f.Rail)
	if err != nil {
		return err
	}
	content, err := files.Open(ctx, id, sealed)
	if err != nil {
		return err
	}
	media := files.MediaType() // with the first bytes
	for len(content) > 0 {
		n := min(chunkSize, len(content))
		if err := stream.Send(&disbursementsv1.DownloadPaymentFileResponse{Chunk: content[:n], MediaType: media}); err != nil {
			return err
		}
		content, media = content[n:], ""
	}
	return nil
}

// fileProtos writes files, each with what the caller could do with it.
func (s *Server) fileProtos(ctx context.Context, list ...store.File) ([]*disbursementsv1.PaymentFile, error) {
	stops, err := s.Store.Stops(ctx)
	if err != nil {
		return nil, err
	}
	protos := make([]*disbursementsv1.PaymentFile, len(list))
	for i, f := range list {
		m, x := fileProto(f), f.Fetching()
		x.RailStoppedBy, x.SenderStoppedBy = stops.Rail(f.Rail), stops.Sender(f.Rail, f.Sender)
		m.AllowedActions, m.BlockedActions = s.acts.files.Of(identity.From(ctx), x)
		protos[i] = m
	}
	return protos, nil
}

func fileProto(f store.File) *disbursementsv1.PaymentFile {
	m := &disbursementsv1.PaymentFile{
		Name:         resource.PaymentFile.Of(f.PlanID, f.ID),
		State:        enum.Value[disbursementsv1.PaymentFileState](f.State),
		PaymentCount: f.Payments, LineCount: f.Lines, Total: moneyOf(f.Total, f.Currency), Digest: f.Digest,
	}
	for _, d := range f.Downloads {
		m.Downloads = append(m.Downloads, &disbursementsv1.PaymentFile_Download{
			ProposedBy:   d.ProposedBy,
			Reason:       enum.Value[disbursementsv1.PaymentFileDownloadReason](d.Reason),
			DownloadedBy: d.DownloadedBy, DownloadTime: optionalMoment(d.DownloadedAt),
		})
	}
	return m
}
