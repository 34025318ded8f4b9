package transfer

import (
	"errors"
	"io"
	"net/http"
	"strings"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/problem"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Downloads hands files out.
type Downloads struct {
	Log   ledgerv1.LogServiceClient
	Files disbursementsv1.PaymentFileServiceClient
}

// formats are what a journal can be had in.
var formats = map[string]struct {
	format      ledgerv1.JournalFormat
	contentType string
	file        string
}{
	"hledger":   {ledgerv1.JournalFormat_JOURNAL_FORMAT_HLEDGER, "text/plain; charset=utf-8", "journal.hledger"},
	"beancount": {ledgerv1.JournalFormat_JOURNAL_FORMAT_BEANCOUNT, "text/plain; charset=utf-8", "journal.beancount"},
	"csv":       {ledgerv1.JournalFormat_JOURNAL_FORMAT_CSV, "application/zip", "journal-csv.zip"},
}

// Journal hands out the books: GET /v1/ledger/journal?format=….
func (d Downloads) Journal(w http.ResponseWriter, r *http.Request, _ map[string]string) {
	q := r.URL.Query()
	f, ok := formats[q.Get("format")]
	if !ok || len(q) != 1 || len(q["format"]) != 1 {
		fail(w, r, problem.From(fault.Field("format", fault.FieldNotAllowed, "must be one of hledger, beancount, csv, and the only parameter")))
		return
	}
	ctx, cancel := begin(w, r, transferTime)
	defer cancel()
	stream, err := d.Log.ExportJournal(ctx, &ledgerv1.ExportJournalRequest{Format: f.format})
	if err != nil {
		fail(w, r, problem.From(err))
		return
	}
	pull(w, r, f.contentType, f.file, func() ([]byte, error) {
		piece, err := stream.Recv()
		return piece.GetData(), err
	})
}

// PaymentFile hands out a sealed payment file once: POST
// /v1/paymentPlans/*/files/*:download.
func (d Downloads) PaymentFile(w http.ResponseWriter, r *http.Request, vars map[string]string) {
	ctx, cancel := begin(w, r, transferTime)
	defer cancel()
	stream, err := d.Files.DownloadPaymentFile(ctx, &disbursementsv1.DownloadPaymentFileRequest{Name: vars["name"]})
	if err != nil {
		fail(w, r, problem.From(err))
		return
	}
	first, err := stream.Recv()
	if err != nil && !errors.Is(err, io.EOF) {
		fail(w, r, problem.From(err))
		return
	}
	media, file := fileKind(first.GetMediaType())
	begun := false
	pull(w, r, media, file, func() ([]byte, error) {
		if !begun {
			begun = true
			return first.GetChunk(), err
		}
		piece, err := stream.Recv()
		return piece.GetChunk(), err
	})
}

// fileKind says what a payment file is and how it is named; what is not known is only bytes.
func fileKind(media string) (contentType, file string) {
	switch kind, _, _ := strings.Cut(media, ";"); kind {
	case "application/xml":
		return media, "payments.xml"
	case "text/csv":
		return media, "payments.csv"
	case "text/plain":
		return media, "payments.txt"
	}
	return "application/octet-stream", "payments"
}
