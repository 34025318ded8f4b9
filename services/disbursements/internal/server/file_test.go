package server_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
)

func (b *bench) files(plan string) []*disbursementsv1.PaymentFile {
	b.t.Helper()
	return must[*disbursementsv1.ListPaymentFilesResponse](b.t, "list files")(b.treasurer("reader").files.ListPaymentFiles(
		context.Background(), &disbursementsv1.ListPaymentFilesRequest{Parent: plan})).GetPaymentFiles()
}

// propose proposes the first download of a file.
func (b *bench) propose(file string, reason disbursementsv1.PaymentFileDownloadReason) error {
	_, err := b.treasurer("proposer").files.ProposePaymentFileDownload(context.Background(),
		&disbursementsv1.ProposePaymentFileDownloadRequest{Name: file, Reason: reason})
	return err
}

func fetch(by person, file string) ([]byte, error) {
	stream, err := by.files.DownloadPaymentFile(context.Background(), &disbursementsv1.DownloadPaymentFileRequest{Name: file})
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return content.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
		content.Write(m.GetChunk())
	}
}

// download fetches a file by two people.
func (b *bench) download(file string) []byte {
	b.t.Helper()
	if err := b.propose(file, disbursementsv1.PaymentFileDownloadReason_PAYMENT_FILE_DOWNLOAD_REASON_FIRST_HANDOVER); err != nil {
		b.t.Fatalf("propose: %v", err)
	}
	return must[[]byte](b.t, "download")(fetch(b.treasurer("fetcher"), file))
}

func TestAPlanHasAsManyFilesAsTheExposureCapAsks(t *testing.T) {
	t.Parallel()
	b := newBench(t) // cap of two families a file
	plan := b.released(5)
	b.drain()
	files := b.files(plan)
	if len(files) != 3 {
		t.Fatalf("files: %v", files)
	}
	var lines int32
	for _, f := range files {
		lines += f.GetLineCount()
		if f.GetState() != disbursementsv1.PaymentFileState_PAYMENT_FILE_STATE_SEALED || f.GetLineCount() > 2 {
			t.Errorf("file: %v", f)
		}
		validPain(t, b.download(f.GetName()))
	}
	if lines != 5 {
		t.Errorf("%d lines", lines)
	}
}

// validPain checks a file against the official schema.
func validPain(t *testing.T, content []byte) {
	t.Helper()
	data := os.Getenv("SOLIDARITY_DATA")
	if data == "" {
		t.Skip("SOLIDARITY_DATA is not set: the official schema is not here")
	}
	path := filepath.Join(t.TempDir(), "pain001.xml")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("xmllint", "--noout", "--nonet", "--schema",
		filepath.Join(data, "iso20022", "pain.001.001.09.xsd"), path).CombinedOutput()
	if err != nil {
		t.Errorf("xmllint: %v\n%s", err, out)
	}
}

func TestAFileIsFetchedByTwoPeopleWithAReason(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.drain()
	file := b.files(plan)[0].GetName()
	_, err := fetch(b.treasurer("fetcher"), file)
	refused(t, "download that nobody proposed", err, "NO_PROPOSAL")
	if err := b.propose(file, disbursementsv1.PaymentFileDownloadReason_PAYMENT_FILE_DOWNLOAD_REASON_BANK_INQUIRY); err == nil {
		t.Error("the first download has another reason than the first hand-over")
	}
	if err := b.propose(file, disbursementsv1.PaymentFileDownloadReason_PAYMENT_FILE_DOWNLOAD_REASON_FIRST_HANDOVER); err != nil {
		t.Fatalf("propose: %v", err)
	}
	_, err = fetch(b.treasurer("proposer"), file)
	refused(t, "download by who proposed it", err, "SAME_PERSON")
	content := must[[]byte](t, "download")(fetch(b.treasurer("fetcher"), file))
	if !bytes.Contains(content, []byte("DE89370400440532013000")) {
		t.Error("the file lacks the account")
	}
	// A further download needs a proposal and a reason of its own.
	_, err = fetch(b.treasurer("fetcher"), file)
	refused(t, "second download", err, "NO_PROPOSAL")
	if err := b.propose(file, disbursementsv1.PaymentFileDownloadReason_PAYMENT_FILE_DOWNLOAD_REASON_FIRST_HANDOVER); err == nil {
		t.Error("a second download is a first hand-over")
	}
	if err := b.propose(file, disbursementsv1.PaymentFileDownloadReason_PAYMENT_FILE_DOWNLOAD_REASON_UPLOAD_REFUSED); err != nil {
		t.Errorf("second proposal: %v", err)
	}
	must[[]byte](t, "second download")(fetch(b.treasurer("fetcher"), file))
	p := must[*disbursementsv1.PaymentPlan](t, "get")(b.treasurer("t").plans.GetPaymentPlan(context.Background(), &disbursementsv1.GetPaymentPlanRequest{Name: plan}))
	n := 0
	for _, a := range p.GetActs() {
		if a.GetKind() == disbursementsv1.PaymentPlanActKind_PAYMENT_PLAN_ACT_KIND_DOWNLOAD {
			n++
		}
	}
	if n != 2 {
		t.Errorf("the plan shows %d downloads", n)
	}
}

// TestAFileIsDestroyedAWeekAfterItsLastAttemptEnded and not before, nor while an
// attempt in it is live.
func TestAFileIsDestroyedAWeekAfterItsLastAttemptEnded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.drain()
	state := func() disbursementsv1.PaymentFileState {
		b.drain()
		return b.files(plan)[0].GetState()
	}
	content := statement(t, b.bank(plan), 0)
	b.clock.move(30 * 24 * time.Hour)
	if got := state(); got != disbursementsv1.PaymentFileState_PAYMENT_FILE_STATE_SEALED {
		t.Errorf("with a live attempt the file is %v", got)
	}
	must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(content))
	b.clock.move(7 * 24 * time.Hour)
	if got := state(); got != disbursementsv1.PaymentFileState_PAYMENT_FILE_STATE_SEALED {
		t.Errorf("within a week the file is %v", got)
	}
	b.clock.move(24 * time.Hour)
	if got := state(); got != disbursementsv1.PaymentFileState_PAYMENT_FILE_STATE_DESTROYED {
		t.Errorf("after a week the file is %v", got)
	}
	err := b.propose(b.files(plan)[0].GetName(), disbursementsv1.PaymentFileDownloadReason_PAYMENT_FILE_DOWNLOAD_REASON_BANK_INQUIRY)
	refused(t, "download of a destroyed file", err, "FILE_NOT_SEALED")
}

// TestNoDestinationStandsInTheDatabase looks for the plain account and name in
// every row.
func TestNoDestinationStandsInTheDatabase(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(2)
	b.drain()
	b.download(b.files(plan)[0].GetName())
	rows, err := b.db.Pool.Query(context.Background(), `SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'`)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	for _, table := range tables {
		var all string
		if err := b.db.Pool.QueryRow(context.Background(), `SELECT COALESCE(string_agg(x::text, ' '), '') FROM `+table+` x`).Scan(&all); err != nil {
			t.Fatalf("read %s: %v", table, err)
		}
		for _, mark := range []string{"MARKED-HOLDER", "DE8937040044", "Leipzig"} {
			if strings.Contains(all, mark) {
				t.Errorf("table %s holds %s", table, mark)
			}
		}
	}
}
