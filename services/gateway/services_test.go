package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// services are all those behind the gateway, made up: they remember what came
// and answer what they are told to.
type services struct {
	mu      sync.Mutex
	headers metadata.MD // of the last call
	staff   *accessv1.FreezeStaffRequest
	pledge  *donationsv1.CreatePledgeRequest
	event   *donationsv1.ReceiveStripeEventRequest
	upload  []byte // what arrived of the last upload
	list    *familiesv1.ImportPrisonersHeader
	whole   bool // the last upload came to its end
	tile    *ledgerv1.ReadTileRequest
	err     error         // what the next calls fail with
	pieces  []string      // what downloads consist of
	broken  error         // what a download ends with
	hold    chan struct{} // what GetSelf waits for
	held    bool          // GetSelf waits
	changed changed
}

func (s *services) register(g *grpc.Server) {
	accessv1.RegisterStaffServiceServer(g, staffFake{services: s})
	donationsv1.RegisterPledgeServiceServer(g, pledgeFake{services: s})
	donationsv1.RegisterWebhookServiceServer(g, webhookFake{services: s})
	familiesv1.RegisterPrisonerImportServiceServer(g, importFake{services: s})
	familiesv1.RegisterHouseholdServiceServer(g, householdFake{services: s})
	disbursementsv1.RegisterPaymentPlanServiceServer(g, planFake{services: s})
	disbursementsv1.RegisterStatementServiceServer(g, statementFake{services: s})
	disbursementsv1.RegisterPaymentFileServiceServer(g, fileFake{services: s})
	ledgerv1.RegisterLogServiceServer(g, logFake{services: s})
}

// seen notes a call and returns what it shall fail with.
func (s *services) seen(ctx context.Context, note func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.headers, _ = metadata.FromIncomingContext(ctx)
	note()
	return s.err
}

func (s *services) set(change func(*services)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// look reads what the services remember.
func look[T any](s *services, get func(*services) T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return get(s)
}

// header returns the values of a header of the last call.
func (s *services) header(name string) []string {
	return look(s, func(s *services) []string { return s.headers.Get(name) })
}

// untouched reports that no call has come.
func (s *services) untouched() bool {
	return look(s, func(s *services) bool { return s.headers == nil })
}

type staffFake struct {
	accessv1.UnimplementedStaffServiceServer
	*services
}

func (f staffFake) GetSelf(ctx context.Context, _ *accessv1.GetSelfRequest) (*accessv1.Staff, error) {
	var hold chan struct{}
	err := f.seen(ctx, func() { hold, f.held = f.hold, f.hold != nil })
	if hold != nil {
		<-hold
	}
	return &accessv1.Staff{Name: "staff/s_everything"}, err
}

func (f staffFake) ListStaff(ctx context.Context, req *accessv1.ListStaffRequest) (*accessv1.ListStaffResponse, error) {
	resp := &accessv1.ListStaffResponse{Staff: []*accessv1.Staff{{Name: "staff/s_1"}}}
	if req.GetPageToken() == "" {
		resp.NextPageToken = "next&page"
	}
	return resp, f.seen(ctx, func() {})
}

func (f staffFake) FreezeStaff(ctx context.Context, req *accessv1.FreezeStaffRequest) (*accessv1.Staff, error) {
	return &accessv1.Staff{Name: req.GetName()}, f.seen(ctx, func() { f.staff = req })
}

type pledgeFake struct {
	donationsv1.UnimplementedPledgeServiceServer
	*services
}

func (f pledgeFake) CreatePledge(ctx context.Context, req *donationsv1.CreatePledgeRequest) (*donationsv1.Pledge, error) {
	if err := f.seen(ctx, func() { f.pledge = req }); err != nil {
		return nil, err
	}
	if keys := metadata.ValueFromIncomingContext(ctx, "idempotency-key"); len(keys) > 0 && keys[0] == "seen before" {
		_ = grpc.SetHeader(ctx, metadata.Pairs("idempotent-replayed", "true", "secret-header", "MARK"))
	}
	return &donationsv1.Pledge{Name: "pledges/pl_1", CheckoutUrl: "https://checkout.example/1"}, nil
}

type webhookFake struct {
	donationsv1.UnimplementedWebhookServiceServer
	*services
}

func (f webhookFake) ReceiveStripeEvent(ctx context.Context, req *donationsv1.ReceiveStripeEventRequest) (*donationsv1.ReceiveStripeEventResponse, error) {
	return &donationsv1.ReceiveStripeEventResponse{}, f.seen(ctx, func() { f.event = req })
}

type importFake struct {
	familiesv1.UnimplementedPrisonerImportServiceServer
	*services
}

func (f importFake) ImportPrisoners(s grpc.ClientStreamingServer[familiesv1.ImportPrisonersRequest, familiesv1.PrisonerImport]) error {
	first, err := s.Recv()
	if err != nil {
		return err
	}
	if err := f.seen(s.Context(), func() { f.list, f.upload, f.whole = first.GetHeader(), nil, false }); err != nil {
		return err
	}
	for {
		piece, err := s.Recv()
		if errors.Is(err, io.EOF) {
			f.set(func(s *services) { s.whole = true })
			return s.SendAndClose(&familiesv1.PrisonerImport{Name: "prisonerImports/i_1"})
		}
		if err != nil {
			return err
		}
		f.set(func(s *services) { s.upload = append(s.upload, piece.GetChunk()...) })
	}
}

type statementFake struct {
	disbursementsv1.UnimplementedStatementServiceServer
	*services
}

func (f statementFake) ImportStatement(s grpc.ClientStreamingServer[disbursementsv1.ImportStatementRequest, disbursementsv1.ImportStatementResponse]) error {
	f.set(func(s *services) { s.upload, s.whole = nil, false })
	for {
		piece, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return s.SendAndClose(&disbursementsv1.ImportStatementResponse{Replayed: true})
		}
		if err != nil {
			return err
		}
		if err := f.seen(s.Context(), func() { f.upload = append(f.upload, piece.GetChunk()...) }); err != nil {
			return err
		}
	}
}

type fileFake struct {
	disbursementsv1.UnimplementedPaymentFileServiceServer
	*services
}

func (f fileFake) DownloadPaymentFile(req *disbursementsv1.DownloadPaymentFileRequest, s grpc.ServerStreamingServer[disbursementsv1.DownloadPaymentFileResponse]) error {
	if req.GetName() != "paymentPlans/p_1/files/pf_1" {
		return fault.Missing("file")
	}
	media := "text/csv; charset=utf-8"
	return f.send(s.Context(), func(piece string) error {
		m := &disbursementsv1.DownloadPaymentFileResponse{Chunk: []byte(piece), MediaType: media}
		media = "" // with the first bytes only
		return s.Send(m)
	})
}

type logFake struct {
	ledgerv1.UnimplementedLogServiceServer
	*services
}

func (f logFake) GetCheckpoint(ctx context.Context, _ *ledgerv1.GetCheckpointRequest) (*ledgerv1.Checkpoint, error) {
	return &ledgerv1.Checkpoint{Note: "solidarity.example/ledger\n7\n…\n", TreeSize: 7}, f.seen(ctx, func() {})
}

func (f logFake) ReadTile(ctx context.Context, req *ledgerv1.ReadTileRequest) (*ledgerv1.ReadTileResponse, error) {
	return &ledgerv1.ReadTileResponse{Data: []byte{0, 1, 0xff}}, f.seen(ctx, func() { f.tile = req })
}

func (f logFake) ReadEntriesTile(_ *ledgerv1.ReadEntriesTileRequest, s grpc.ServerStreamingServer[ledgerv1.ReadEntriesTileResponse]) error {
	return f.send(s.Context(), func(piece string) error {
		return s.Send(&ledgerv1.ReadEntriesTileResponse{Data: []byte(piece)})
	})
}

func (f logFake) ReadBooks(_ *ledgerv1.ReadBooksRequest, s grpc.ServerStreamingServer[ledgerv1.ReadBooksResponse]) error {
	return f.send(s.Context(), func(piece string) error {
		return s.Send(&ledgerv1.ReadBooksResponse{Data: []byte(piece)})
	})
}

func (f logFake) ReadCheckpoints(ctx context.Context, req *ledgerv1.ReadCheckpointsRequest) (*ledgerv1.ReadCheckpointsResponse, error) {
	return &ledgerv1.ReadCheckpointsResponse{Data: fmt.Appendf(nil, "from %d\n", req.GetFrom())}, f.seen(ctx, func() {})
}

func (f logFake) ExportJournal(_ *ledgerv1.ExportJournalRequest, s grpc.ServerStreamingServer[ledgerv1.ExportJournalResponse]) error {
	return f.send(s.Context(), func(piece string) error {
		return s.Send(&ledgerv1.ExportJournalResponse{Data: []byte(piece)})
	})
}

// send streams the pieces and ends as the test wants.
func (s *services) send(ctx context.Context, piece func(string) error) error {
	var pieces []string
	var end error
	if err := s.seen(ctx, func() { pieces, end = s.pieces, s.broken }); err != nil {
		return err
	}
	for _, p := range pieces {
		if err := piece(p); err != nil {
			return err
		}
	}
	return end
}
