package sheet

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/money"
)

//go:embed page.html
var pageText string

// Payment is a line of a page.
type Payment struct {
	On time.Time
	// Paid is what the card was charged, Returned what has gone back of it.
	Paid, Returned money.Amount
}

// Page is what is printed.
type Page struct {
	Language Language
	// Year is the year of a statement, 0 of a receipt.
	Year int
	// Name is the donor's, typed in for this page; empty for none.
	Name string
	// Issuer is who was paid, as the installation is set up; empty for nobody.
	Issuer   string
	Payments []Payment
	MadeOn   time.Time
}

// Printer writes pages.
type Printer struct {
	page   *template.Template
	policy string
}

// NewPrinter returns a printer.
func NewPrinter() (*Printer, error) {
	page, err := template.New("page").Parse(pageText)
	if err != nil {
		return nil, fmt.Errorf("read page: %w", err)
	}
	_, rest, _ := strings.Cut(pageText, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	return &Printer{page, "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"}, nil
}

// line is a payment as it stands on the page.
type line struct{ Day, Paid, Returned string }

// view is what the template reads.
type view struct {
	Page

	Policy, Title, MadeOn string
	Words                 words
	Payments              []line
	Totals                []string
}

// Print writes a page as HTML.
func (p *Printer) Print(page Page) (string, error) {
	v := view{Page: page, Policy: p.policy, Words: wordsOf[page.Language], MadeOn: page.MadeOn.Format(time.DateOnly)}
	if v.Title = v.Words.Receipt; page.Year != 0 {
		v.Title = fmt.Sprintf("%s, %d", v.Words.Statement, page.Year)
	}
	var totals []money.Amount
	for _, one := range page.Payments {
		v.Payments = append(v.Payments, line{one.On.Format(time.DateOnly), one.Paid.String(), one.Returned.String()})
		var err error
		if totals, err = add(totals, one); err != nil {
			return "", err
		}
	}
	for _, sum := range totals {
		v.Totals = append(v.Totals, sum.String())
	}
	var out bytes.Buffer
	if err := p.page.Execute(&out, v); err != nil {
		return "", fmt.Errorf("write page: %w", err)
	}
	return out.String(), nil
}

// add adds what stayed of a payment to the total of its currency.
func add(totals []money.Amount, one Payment) ([]money.Amount, error) {
	stayed := one.Paid.MinorUnits - one.Returned.MinorUnits
	for i := range totals {
		if totals[i].Currency == one.Paid.Currency {
			sum, err := money.Add(totals[i].MinorUnits, stayed)
			totals[i].MinorUnits = sum
			return totals, err
		}
	}
	return append(totals, money.Amount{MinorUnits: stayed, Currency: one.Paid.Currency}), nil
}
