package e2e

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
	"github.com/solidarity-fund/solidarity/services/dev/dumptest"
	"github.com/solidarity-fund/solidarity/services/dev/story"
	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

const (
	// neighbours are as many families as fill two payment files, each with the same sum.
	neighbours = 20
	// sum is what each gets, in cents.
	sum = 4000
)

// household is the truth about one family, which no dump may tell.
type household struct {
	family, prisoner, listed, payment string
	line                              dumptest.Outside // what the bank has of it
}

// paidTown is what a fund and everybody around it have on the evening when the bank has
// paid twenty families.
type paidTown struct {
	*installation
	persons    []dumptest.Outside // of the public list, in its order
	places     map[string]int     // by id in the list
	chosen     []string           // prisoners, in the order of the story's families
	households []household        // in the order of the bank's record
	charges    []dumptest.Outside // of Stripe
	dump       dumptest.Dump      // of donations, families and disbursements
}

// errPaid ends the story where the bank's statement comes.
var errPaid = errors.New("paid")

func newPaidTown(t *testing.T) *paidTown {
	t.Helper()
	w := &paidTown{installation: start(t, dataFolder(t)), places: map[string]int{}}
	var files [][]byte
	_, err := story.Play(t.Context(), story.Options{
		REST: w.state.REST, Stripe: w.state.Stripe, List: bytes.NewReader(w.publish()), Gifts: 20, Families: neighbours, Ask: sum,
		Tell: func(line string) { t.Log(line) }, Now: time.Now, SignIn: w.signIn,
		Save: func(name string, content []byte) error {
			if strings.HasPrefix(name, "pain001") {
				files = append(files, content)
			}
			return nil
		},
		Between: func(_ context.Context, chapter string) error {
			switch chapter {
			case "families":
				w.chosen = w.choose()
			case "statement":
				return errPaid
			}
			return nil
		},
	})
	if !errors.Is(err, errPaid) {
		t.Fatalf("the story ends with %v", err)
	}
	w.settle(files)
	w.tell()
	for _, service := range []string{"donations", "families", "disbursements"} {
		conn := w.connect("solidarity", service)
		rows, err := dumptest.Read(t.Context(), conn)
		w.must(errors.Join(err, conn.Close(t.Context())))
		w.dump = append(w.dump, rows...)
	}
	return w
}

func (w *paidTown) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// publish makes the public list.
func (w *paidTown) publish() []byte {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "list.csv")
	if out, errs, err := run(w.t, "generate", "prisoners", path, "--rows", "300"); err != nil {
		w.t.Fatalf("generate list: %v\n%s%s", err, out, errs)
	}
	content, err := os.ReadFile(path)
	w.must(err)
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	w.must(err)
	for n, row := range rows[1:] {
		w.persons = append(w.persons, dumptest.Outside{Words: row[:3]}) // id, address, name
		w.places[row[0]] = n
	}
	return content
}

// transfers is the part of pain.001 by which the bank knows whom it pays.
type transfers struct {
	Message string `xml:"CstmrCdtTrfInitn>GrpHdr>MsgId"`
	Batches []struct {
		ID        string `xml:"PmtInfId"`
		Debtor    string `xml:"DbtrAcct>Id>IBAN"`
		Transfers []struct {
			EndToEndID string `xml:"PmtId>EndToEndId"`
			Name       string `xml:"Cdtr>Nm"`
			IBAN       string `xml:"CdtrAcct>Id>IBAN"`
			Text       string `xml:"RmtInf>Ustrd"`
		} `xml:"CdtTrfTxInf"`
	} `xml:"CstmrCdtTrfInitn>PmtInf"`
}

// settle has the bank pay all files, in which nobody comes back, and brings its statement.
func (w *paidTown) settle(files [][]byte) {
	w.t.Helper()
	now := time.Now().UTC()
	var bank *bankfake.Bank
	for _, file := range files {
		var in transfers
		w.must(xml.Unmarshal(file, &in))
		for _, batch := range in.Batches {
			if bank == nil {
				bank = bankfake.New(batch.Debtor, "EUR", 2_000_000)
			}
			for _, p := range batch.Transfers {
				// The bank knows the minute, too; its clock is far from ours, so that
				// nothing is near it by chance.
				at := now.Add(time.Duration(7*len(w.households)-6000) * time.Minute).Truncate(time.Second)
				w.households = append(w.households, household{line: dumptest.Outside{
					Words: []string{p.EndToEndID, p.IBAN, p.Name, p.Text, "E001-" + p.EndToEndID, batch.ID, in.Message},
					Minor: sum, Day: now.Format(time.DateOnly), Moment: at,
				}})
			}
		}
		_, err := bank.Take(bytes.NewReader(file))
		w.must(err)
	}
	var statement bytes.Buffer
	w.must(bank.Statement(&statement, now, func(string, int64) string { return "" }))
	resp, err := restclient.New(w.state.REST, w.token("viktor", "treasurer")).Do(w.t.Context(), http.MethodPost, "/v1/statements", "application/xml", "", &statement)
	w.must(err)
	resp.Body.Close()
	for deadline := time.Now().Add(2 * time.Minute); len(w.paid()) < neighbours; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("%d payments are settled", len(w.paid()))
		}
	}
}

// paid are the settled payments and their families.
func (w *paidTown) paid() map[string]string {
	families := map[string]string{}
	w.rows("disbursements", `SELECT id, family FROM payments WHERE state = 'SETTLED'`, func(row []string) { families[row[0]] = strings.TrimPrefix(row[1], "families/") })
	return families
}

func (w *paidTown) rows(service, sql string, each func([]string)) {
	w.t.Helper()
	conn := w.connect("solidarity", service)
	defer conn.Close(context.Background())
	rows, err := conn.Query(w.t.Context(), sql)
	w.must(err)
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (texts []string, err error) {
		values, err := row.Values()
		for _, v := range values {
			texts = append(texts, fmt.Sprint(v))
		}
		return texts, err
	})
	w.must(err)
	for _, row := range all {
		each(row)
	}
}

func (w *paidTown) caseworker(name string) *restclient.Client {
	return restclient.New(w.state.REST, w.token(name, "caseworker"))
}

// choose are the prisoners for whom the story will register families.
func (w *paidTown) choose() (ids []string) {
	w.t.Helper()
	var chosen struct{ Prisoners []struct{ Name string } }
	w.must(w.caseworker("kasia").Get(w.t.Context(), fmt.Sprintf("/v1/prisoners?pageSize=%d", neighbours), &chosen))
	for _, p := range chosen.Prisoners {
		ids = append(ids, strings.TrimPrefix(p.Name, "prisoners/"))
	}
	return ids
}

// tell finds the truth as those do who may know it, over REST: which line a payment is,
// who the prisoner is, and where the list has them. So every prisoner's record is read.
func (w *paidTown) tell() {
	w.t.Helper()
	ctx := w.t.Context()
	treasurer := restclient.New(w.state.REST, w.token("tomas", "treasurer"))
	caseworkers := []*restclient.Client{w.caseworker("kasia"), w.caseworker("ines")} // by turns, as in the story
	for payment, family := range w.paid() {
		var tried struct{ Attempts []struct{ EndToEndID string } }
		w.must(treasurer.Get(ctx, "/v1/payments/"+payment+"/attempts", &tried))
		for n := range w.households {
			h, number := &w.households[n], 0
			if len(tried.Attempts) != 1 || tried.Attempts[0].EndToEndID != h.line.Words[0] {
				continue
			}
			_, err := fmt.Sscanf(h.line.Words[2], "Made-up Person %d", &number)
			w.must(err)
			var prisoner struct{ SourceID string }
			w.must(caseworkers[number%2].Get(ctx, "/v1/prisoners/"+w.chosen[number], &prisoner))
			h.payment, h.family, h.prisoner, h.listed = payment, family, w.chosen[number], prisoner.SourceID
		}
	}
	for _, h := range w.households {
		if _, known := w.places[h.listed]; !known || h.payment == "" || h.prisoner == "" {
			w.t.Fatalf("nobody knows the truth about %+v", h)
		}
	}
	w.charge()
}

// charge reads what Stripe has of each charge, which donations says in the clear, too.
func (w *paidTown) charge() {
	w.t.Helper()
	w.rows("donations", `SELECT id, pledge_id, charge_id, intent_id, balance_id, gross, to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM donations ORDER BY created_at`, func(row []string) {
		o := dumptest.Outside{Words: row[:5]}
		_, err := fmt.Sscan(row[5], &o.Minor)
		w.must(err)
		o.Moment, err = time.Parse(time.RFC3339, row[6])
		w.must(err)
		w.charges = append(w.charges, o)
	})
}
