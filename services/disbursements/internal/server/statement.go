package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// maxStatement bounds a statement file, in bytes.
const maxStatement = 20 << 20

// ImportStatement takes in a file, whole or not at all.
func (s *Server) ImportStatement(stream grpc.ClientStreamingServer[disbursementsv1.ImportStatementRequest, disbursementsv1.ImportStatementResponse]) error {
	content, err := receive(stream)
	if err != nil {
		return err
	}
	report, err := s.Rails.Reconcile(stream.Context(), content)
	if err != nil {
		return err
	}
	ids, replayed, err := s.Store.ImportStatements(stream.Context(), identity.From(stream.Context()).Person, report.SHA256, report.Statements)
	if err != nil {
		return err
	}
	resp := &disbursementsv1.ImportStatementResponse{Replayed: replayed, LeftOutCurrencyCodes: report.LeftOut}
	kept, err := s.Store.StatementsOf(stream.Context(), ids)
	if err != nil {
		return err
	}
	for _, st := range kept {
		resp.Statements = append(resp.Statements, s.statementProto(st))
	}
	return stream.SendAndClose(resp)
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
	return s.statementProto(st), nil
}

// ListStatements lists statements, newest import first.
func (s *Server) ListStatements(ctx context.Context, req *disbursementsv1.ListStatementsRequest) (*disbursementsv1.ListStatementsResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]store.Statement, error) {
		return s.Store.Statements(ctx, p)
	}, func(r store.Statement) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	resp := &disbursementsv1.ListStatementsResponse{NextPageToken: next}
	for _, row := range rows {
		resp.Statements = append(resp.Statements, s.statementProto(row))
	}
	return resp, nil
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

func (s *Server) statementProto(st store.Statement) *disbursementsv1.Statement {
	return &disbursementsv1.Statement{
		Name: resource.Statement.Of(st.ID), Sender: s.senderName(st.Sender), BankId: st.BankID, Sha256: st.SHA256,
		OpeningBalance: moneyOf(st.Opening, st.Currency), ClosingBalance: moneyOf(st.Closing, st.Currency),
		LineCount: st.Lines, SettledCount: st.Settled, ReturnedCount: st.Returned, UnmatchedCount: st.Unmatched,
		CreateTime: rpc.Moment(st.CreatedAt),
	}
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
		Reason: enum.Value[disbursementsv1.UnmatchedLineReason](u.Reason), Posted: u.Posted,
	}
}
