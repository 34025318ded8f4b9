package server

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// maxStatement bounds a statement file, in bytes.
const maxStatement = 20 << 20

// ImportStatement takes in a file; a statement in it that cannot be taken stands in no
// other's way.
func (s *Server) ImportStatement(stream grpc.ClientStreamingServer[disbursementsv1.ImportStatementRequest, disbursementsv1.ImportStatementResponse]) error {
	content, err := receive(stream)
	if err != nil {
		return err
	}
	report, err := s.Rails.Reconcile(stream.Context(), content)
	if err != nil {
		return err
	}
	ctx := stream.Context()
	taken, err := s.Store.ImportStatements(ctx, identity.From(ctx).Person, report.SHA256, report.Statements)
	if err != nil {
		return err
	}
	kept, err := s.Store.StatementsOf(ctx, taken.IDs)
	if err != nil {
		return err
	}
	if taken.Other > 0 {
		s.Log.ErrorContext(ctx, "the bank paid another account than was meant", "alarm", true, "count", taken.Other)
	}
	resp := &disbursementsv1.ImportStatementResponse{
		Statements: s.statementProtos(ctx, kept...), Replayed: taken.Replayed, LeftOutCurrencyCodes: report.LeftOut,
	}
	for _, r := range slices.Concat(report.Refused, taken.Refused) {
		resp.RefusedStatements = append(resp.RefusedStatements, refusedProto(r))
	}
	slices.SortStableFunc(resp.RefusedStatements, func(a, b *disbursementsv1.RefusedStatement) int { return cmp.Compare(a.GetLine(), b.GetLine()) })
	return stream.SendAndClose(resp)
}

// refusedProto says why a statement was not taken in.
func refusedProto(r statement.Refused) *disbursementsv1.RefusedStatement {
	m := &disbursementsv1.RefusedStatement{Line: int32(r.Line), WrongLine: int32(r.Line), Reason: string(r.Fault.Reason)}
	for _, v := range r.Fault.Violations {
		m.Description = v.Description
		_, _ = fmt.Sscanf(v.Field, "line %d", &m.WrongLine)
	}
	return m
}

func receive(stream grpc.ClientStreamingServer[disbursementsv1.ImportStatementRequest, disbursementsv1.ImportStatementResponse]) ([]byte, error) {
	var content bytes.Buffer
	for {
		m, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return content.Bytes(), nil
		case err != nil:
			return nil, fmt.Errorf("receive statement: %w", err)
		case content.Len()+len(m.GetChunk()) > maxStatement:
			f := fault.Field("statement", fault.FieldTooLong, "must have at most 20 MiB")
			f.Reason = fault.ReasonStatementTooLarge
			return nil, f
		}
		content.Write(m.GetChunk())
	}
}

// GetStatement reads one statement.
func (s *Server) GetStatement(ctx context.Context, req *disbursementsv1.GetStatementRequest) (*disbursementsv1.Statement, error) {
	id, err := resource.Statement.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	st, err := s.Store.Statement(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.statementProtos(ctx, st)[0], nil
}

// ListStatements lists statements, newest import first.
func (s *Server) ListStatements(ctx context.Context, req *disbursementsv1.ListStatementsRequest) (*disbursementsv1.ListStatementsResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]store.Statement, error) {
		return s.Store.Statements(ctx, s.acts.statements.Page(identity.From(ctx), p))
	}, func(r store.Statement) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	list := s.statementProtos(ctx, rows...)
	return &disbursementsv1.ListStatementsResponse{Statements: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// ListUnmatchedLines lists lines that nothing explains.
func (s *Server) ListUnmatchedLines(ctx context.Context, req *disbursementsv1.ListUnmatchedLinesRequest) (*disbursementsv1.ListUnmatchedLinesResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]store.Unmatched, error) {
		return s.Store.UnmatchedLines(ctx, p)
	}, func(r store.Unmatched) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	resp := &disbursementsv1.ListUnmatchedLinesResponse{NextPageToken: next}
	for _, row := range rows {
		resp.UnmatchedLines = append(resp.UnmatchedLines, unmatchedProto(row))
	}
	return resp, nil
}

// ConfirmStatement notes that a second person has a statement from the bank as well.
func (s *Server) ConfirmStatement(ctx context.Context, req *disbursementsv1.ConfirmStatementRequest) (*disbursementsv1.Statement, error) {
	id, err := resource.Statement.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.Store.ConfirmStatement(ctx, id, person(ctx)); err != nil {
		return nil, err
	}
	return s.GetStatement(ctx, &disbursementsv1.GetStatementRequest{Name: req.GetName()})
}

// PassStatementGap is one of the two hands that pass over what is missing.
func (s *Server) PassStatementGap(ctx context.Context, req *disbursementsv1.PassStatementGapRequest) (*disbursementsv1.Statement, error) {
	id, err := resource.Statement.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	reason, err := enum.RequiredWord("reason", req.GetReason())
	if err != nil {
		return nil, err
	}
	if req.GetDifference() == nil {
		return nil, fault.Field("difference", fault.FieldRequired, "must be the difference that you looked at")
	}
	if err := s.Store.PassGap(ctx, store.Pass{
		StatementID: id, Person: person(ctx), Reason: reason,
		Difference: req.GetDifference().GetMinorUnits(), Currency: req.GetDifference().GetCurrencyCode(),
	}); err != nil {
		return nil, err
	}
	return s.GetStatement(ctx, &disbursementsv1.GetStatementRequest{Name: req.GetName()})
}

// statementProtos writes statements, each with what the caller could do with it.
func (s *Server) statementProtos(ctx context.Context, list ...store.Statement) []*disbursementsv1.Statement {
	protos := make([]*disbursementsv1.Statement, len(list))
	for i, st := range list {
		m := s.statementProto(st)
		m.AllowedActions, m.BlockedActions = s.acts.statements.Of(identity.From(ctx), seenStatement{Standing: st.Standing(), now: s.Now()})
		protos[i] = m
	}
	return protos
}

func (s *Server) statementProto(st store.Statement) *disbursementsv1.Statement {
	m := &disbursementsv1.Statement{
		Name: resource.Statement.Of(st.ID), Sender: s.senderName(st.Sender), BankId: st.BankID, Sha256: st.SHA256,
		LineCount: st.Lines, SettledCount: st.Settled, ReturnedCount: st.Returned, UnmatchedCount: st.Unmatched, UncomparedCount: st.Uncompared,
		CreateTime: rpc.Moment(st.CreatedAt), State: enum.Value[disbursementsv1.StatementState](string(st.State)),
		Notification: st.Notification, ImportedBy: st.ImportedBy, ConfirmedBy: st.ConfirmedBy, ClosedOn: st.ClosedOn, Sequence: st.Sequence,
	}
	if !st.Notification {
		m.OpeningBalance, m.ClosingBalance = moneyOf(st.Opening, st.Currency), moneyOf(st.Closing, st.Currency)
	}
	if st.GapState != "" {
		m.Gap = &disbursementsv1.StatementGap{
			State: enum.Value[disbursementsv1.StatementGapState](string(st.GapState)), Difference: moneyOf(st.GapDifference, st.Currency),
			Reason:     enum.Value[disbursementsv1.StatementGapReason](st.GapReason),
			ProposedBy: st.GapProposed, PassedBy: st.GapPassed, Posted: st.GapPosted,
		}
	}
	return m
}

// senderName names a sender by its id, which is unique over all rails.
func (s *Server) senderName(id string) string {
	for _, r := range s.Rails {
		can := r.Capabilities()
		if _, known := can.Sender(id); known {
			return resource.Sender.Of(can.ID, id)
		}
	}
	return "" // no longer configured
}

func unmatchedProto(u store.Unmatched) *disbursementsv1.UnmatchedLine {
	return &disbursementsv1.UnmatchedLine{
		Name: resource.UnmatchedLine.Of(u.ID), Statement: resource.Statement.Of(u.StatementID), Amount: moneyOf(u.Minor, u.Currency),
		Credit: u.Credit, BookedOn: u.BookedOn, BankCode: u.BankCode,
		Reason: enum.Value[disbursementsv1.UnmatchedLineReason](u.Reason), Posted: u.Posted, StripePayout: u.Payout, BankGift: u.Gift,
	}
}
