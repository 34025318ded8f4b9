package server_test

import (
	"strings"
	"testing"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/sheet"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// A donor prints the payments of a year, under a name that is kept nowhere.
func TestTheTokenWritesATaxStatementAndNoNameIsKept(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-11-20T09:00:00Z")
	p := w.newPartner()
	made := w.each(p, monthly, visa, "general")
	w.pass(45 * day) // two payments of 2027, none of 2028 yet
	const name = "Алеся Незапісаная"
	ask := func(r *donationsv1.WriteTaxStatementRequest) (*donationsv1.ReceiptSheet, error) {
		if r.GetReceiptToken() == "" {
			r.ReceiptToken = made.GetReceiptToken()
		}
		return w.receipts().WriteTaxStatement(t.Context(), r)
	}
	got, err := ask(&donationsv1.WriteTaxStatementRequest{Year: 2027, DonorName: " " + name + " ", Language: "be"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<p>" + name + "</p>", "Даведка аб плацяжах, 2027", "2027-11-20", "2027-12-20", ": 100.00 EUR", "Example e. V."} {
		if !strings.Contains(got.GetHtml(), want) {
			t.Errorf("no %q in\n%s", want, got.GetHtml())
		}
	}
	if word := sheet.Tells(got.GetHtml()); word != "" || strings.Contains(got.GetHtml(), made.GetReceiptToken()) {
		t.Errorf("the sheet tells: %q", word)
	}
	if holds(w.dump(), name) || strings.Contains(w.log.String(), name) {
		t.Error("the name is kept")
	}
	for what, bad := range map[string]*donationsv1.WriteTaxStatementRequest{
		"no name":       {Year: 2027, DonorName: "  "},
		"two lines":     {Year: 2027, DonorName: "a\nb"},
		"a long name":   {Year: 2027, DonorName: strings.Repeat("я", 201)},
		"a card":        {Year: 2027, DonorName: "Jane 4242 4242 4242 4242"},
		"no year":       {DonorName: name},
		"a year before": {Year: 2019, DonorName: name},
		"an empty year": {Year: 2028, DonorName: name},
		"next year":     {Year: 2029, DonorName: name},
		"a language":    {Year: 2027, DonorName: name, Language: "de"},
	} {
		if _, err := ask(bad); !fault.OfKind(err, fault.Invalid) || strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := ask(&donationsv1.WriteTaxStatementRequest{ReceiptToken: "x", Year: 2027, DonorName: name}); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("an unknown token: %v", err)
	}
}

// What went back is on the sheet, and a gift that was forgotten is on none.
func TestAReceiptIsPrinted(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	p := w.newPartner()
	made := w.giveKept(p, 5000, "emergency")
	if _, err := w.askBack(made, "1"); err != nil {
		t.Fatal(err)
	}
	w.settle()
	print := func() (*donationsv1.ReceiptSheet, error) {
		return w.receipts().PrintReceipt(t.Context(), &donationsv1.PrintReceiptRequest{ReceiptToken: made.GetReceiptToken(), Language: "ru"})
	}
	got, err := print()
	if err != nil || strings.Count(got.GetHtml(), "50.00 EUR") != 2 || !strings.Contains(got.GetHtml(), ": 0.00 EUR") || !strings.Contains(got.GetHtml(), "Квитанция") {
		t.Errorf("%v\n%s", err, got.GetHtml())
	}
	if _, err := w.forget(made, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := print(); !fault.Is(err, fault.ReasonReceiptForgotten) {
		t.Errorf("a forgotten one: %v", err)
	}
}

// printer writes the pages that donors print.
func (b *bench) printer() *sheet.Printer {
	b.t.Helper()
	p, err := sheet.NewPrinter()
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}
