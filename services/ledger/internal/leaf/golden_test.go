package leaf_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

var update = flag.Bool("update", false, "write testdata/golden anew; only before the first release")

// documented is the description of the format, whose examples are the vectors.
const documented = "../../../../docs/ledger-format.md"

// day reads a day that is right.
func day(text string) leaf.Day {
	d, err := leaf.ParseDay(text)
	if err != nil {
		panic(err)
	}
	return d
}

// random fills bytes that count up from first.
func random(first byte) (b [16]byte) {
	for i := range b {
		b[i] = first + byte(i)
	}
	return b
}

func header(sequence int64) leaf.Header {
	return leaf.Header{Ledger: "main", Sequence: sequence, Random: random(byte(sequence) + 1)}
}

// vectors holds one leaf of each type, with each optional part and each content.
func vectors() map[string]leaf.Leaf {
	all := withContent()
	maps.Copy(all, map[string]leaf.Leaf{
		"donation": {Transaction: &leaf.Transaction{
			Header: header(0), Kind: leaf.Donation, Reference: "stripe/9f3a/charge", Source: "donations/d_1",
			OccurredOn: day("2026-11-24"), BookingDate: day("2026-12-01"), Digest: sha256.Sum256([]byte("donation")),
			Entries: []leaf.Entry{
				{Account: "asset:stripe", Currency: "EUR", Side: leaf.Debit, Amount: 5000, Balance: -5000},
				{Account: "fund:general:clearing", Currency: "EUR", Side: leaf.Credit, Amount: 4900, Balance: 4900},
				{Account: "fund:operations:available", Currency: "EUR", Side: leaf.Credit, Amount: 100, Balance: 100},
			},
		}},
		"reversal": {Transaction: &leaf.Transaction{
			Header: header(7), Kind: leaf.Reversal, Reference: "payout/1/reverse", Source: "stripePayouts/o_1",
			OccurredOn: day("2026-11-24"), BookingDate: day("2026-11-24"), Digest: sha256.Sum256([]byte("reversal")),
			Reverses: &leaf.Link{Sequence: 5, Reference: "payout/1"},
			Entries: []leaf.Entry{
				{Account: "transit:stripe-payout", Currency: "EUR", Side: leaf.Credit, Amount: 5000, Balance: 0},
				{Account: "asset:stripe", Currency: "EUR", Side: leaf.Debit, Amount: 5000, Balance: -5000},
			},
		}},
		"exchange": {Transaction: &leaf.Transaction{
			Header: header(300), Kind: leaf.FX, Reference: "payment/y_1/attempts/1/exchange", Source: "paymentPlans/p_1/payments/y_1",
			OccurredOn: day("2026-11-24"), BookingDate: day("2026-11-24"), Digest: sha256.Sum256([]byte("exchange")),
			Rate: &leaf.Rate{From: "EUR", To: "PLN", Value: 42571, Scale: 4, Source: "ecb", Day: day("2026-11-23")},
			Entries: []leaf.Entry{
				{Account: "award:w_1", Currency: "EUR", Side: leaf.Debit, Amount: 10000, Balance: 0},
				{Account: "fx:EUR:PLN", Currency: "EUR", Side: leaf.Credit, Amount: 10000, Balance: 10000},
				{Account: "fx:EUR:PLN", Currency: "PLN", Side: leaf.Debit, Amount: 42571, Balance: -42571},
				{Account: "transit:csv", Currency: "PLN", Side: leaf.Credit, Amount: 42571, Balance: 42571},
			},
		}},
		"decision": {Decision: &leaf.Decision{
			Header: header(8), Kind: leaf.DecisionPlanApproved, Reference: "paymentPlans/p_1/approve/1",
			Resource: "paymentPlans/p_1", Person: "staff/s_2", Day: day("2026-11-24"), Commitment: sha256.Sum256([]byte("plan")),
		}},
		"decision-about-a-family": {Decision: &leaf.Decision{
			Header: header(9), Kind: leaf.DecisionFamilyDecided, Reference: "family/7c21",
			Person: "staff/s_2", Day: day("2026-11-24"), Commitment: sha256.Sum256([]byte("salted")),
		}},
		"period-close": {Close: &leaf.PeriodClose{
			Header: header(10), Reference: "periods/2026-11/close", First: day("2026-11-01"), Last: day("2026-11-30"),
			Day: day("2026-12-03"), ProposedBy: "staff/s_1", ConfirmedBy: "staff/s_2",
			Figures: []leaf.Figure{
				{Class: "asset", Currency: "EUR", Balance: -5000},
				{Class: "fund", Currency: "EUR", Balance: 5000},
			},
			Accounts:     3,
			TrialBalance: sha256.Sum256([]byte("asset:stripe EUR -5000\nfund:general:clearing EUR 4900\nfund:operations:available EUR 100\n")),
		}},
	})
	return all
}

func TestLeavesAreTheGoldenBytes(t *testing.T) {
	t.Parallel()
	for name, l := range vectors() {
		got, err := l.AppendBinary(nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		file := filepath.Join("testdata", "golden", name+".hex")
		if *update {
			if err := os.WriteFile(file, []byte(dump(got)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want := readHex(t, file)
		if !bytes.Equal(got, want) {
			t.Errorf("%s: the format is frozen, and these bytes are others:\n%s", name, cmp.Diff(dump(want), dump(got)))
		}
		back, err := leaf.Decode(want)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(l, back); diff != "" {
			t.Errorf("%s: decoded to something else (-want +got):\n%s", name, diff)
		}
	}
}

// The document shows each vector in a block that begins with ```hex and its name.
func TestTheDocumentShowsTheGoldenBytes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(documented)
	if err != nil {
		t.Fatal(err)
	}
	for name := range vectors() {
		_, block, found := strings.Cut(string(text), "```hex "+name+"\n")
		block, _, closed := strings.Cut(block, "```")
		if !found || !closed {
			t.Errorf("%s: not in the document", name)
			continue
		}
		if want := readHex(t, filepath.Join("testdata", "golden", name+".hex")); !bytes.Equal(parseHex(t, block), want) {
			t.Errorf("%s: the document shows other bytes", name)
		}
	}
}

// dump writes bytes in rows of 32.
func dump(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		n := min(32, len(b))
		out.WriteString(hex.EncodeToString(b[:n]) + "\n")
		b = b[n:]
	}
	return out.String()
}

func readHex(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return parseHex(t, string(text))
}

// parseHex reads hexadecimal bytes; what follows a # on a line is a remark.
func parseHex(t *testing.T, text string) []byte {
	t.Helper()
	var digits strings.Builder
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatal(err)
	}
	return b
}
