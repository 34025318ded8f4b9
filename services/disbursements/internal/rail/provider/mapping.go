package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

type accepted = payment.Accepted

// Config are the settings of the rail.
type Config struct {
	// Mapping is a file; without it there is no such rail.
	Mapping string `help:"File that says what stands in which column of whose tables (docs/rails.md)." placeholder:"FILE"`
}

// Mapping says what the tables of one provider are like.
type Mapping struct {
	// ID is the sender's, and that of its account asset:bank:ID.
	ID string `json:"id"`
	// Currency is what it pays in, ISO 4217.
	Currency string `json:"currency"`
	// ExposureCap is how many families one file may hold; 10 where it is left out.
	ExposureCap int `json:"exposureCap"`
	// Forms are what it pays to.
	Forms []string `json:"forms"`
	// Payments is the table that it takes, Results that which it gives.
	Payments Out `json:"payments"`
	Results  In  `json:"results"`
}

// Layout is what both tables have.
type Layout struct {
	// Separator is one of comma, semicolon, tab and bar.
	Separator string `json:"separator"`
	// Encoding is one of utf-8, utf-8-bom, windows-1251, windows-1252 and iso-8859-2.
	Encoding string `json:"encoding"`
	// Decimal is one of point and comma.
	Decimal string `json:"decimal"`
}

// Out is the table of payments.
type Out struct {
	Layout
	// Columns are in order; their names are the first row.
	Columns []Column `json:"columns"`
}

// Column has a value of each payment, or the same text for all.
type Column struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Text  string `json:"text"`
	// Optional says that it may be empty.
	Optional bool `json:"optional"`
}

// In is the table of results: how its columns are called, and what its words mean.
type In struct {
	Layout
	EndToEndID string `json:"endToEndId"`
	Amount     string `json:"amount"`
	Status     string `json:"status"`
	Day        string `json:"day"`
	// DayFormat is one of YYYY-MM-DD, DD.MM.YYYY, DD/MM/YYYY and MM/DD/YYYY.
	DayFormat string `json:"dayFormat"`
	// Paid and Failed are words of the status; rows with others are left out.
	Paid   []string `json:"paid"`
	Failed []string `json:"failed"`
}

// List reads and checks the configured providers; there may be none. All that is wrong is
// said at once.
func (c Config) List() ([]Mapping, error) {
	if c.Mapping == "" {
		return nil, nil
	}
	content, err := os.ReadFile(c.Mapping)
	if err != nil {
		return nil, fmt.Errorf("--csv-mapping: %w", err)
	}
	return Read(content)
}

// Read reads and checks a file of mappings.
func Read(content []byte) ([]Mapping, error) {
	var file struct {
		Senders []Mapping `json:"senders"`
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("--csv-mapping: %w", err)
	}
	var wrong []error
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		wrong = append(wrong, errors.New("has something behind its end"))
	}
	if len(file.Senders) == 0 {
		wrong = append(wrong, errors.New("senders: needs one at least"))
	}
	for i, m := range file.Senders {
		for _, sentence := range m.wrong() {
			wrong = append(wrong, fmt.Errorf("senders[%d].%s", i, sentence))
		}
		if slices.ContainsFunc(file.Senders[:i], func(x Mapping) bool { return x.ID == m.ID }) {
			wrong = append(wrong, fmt.Errorf("senders[%d].id: stands there twice", i))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, fmt.Errorf("--csv-mapping: %w", err)
	}
	return file.Senders, nil
}

// values are what a column can have of a payment, by form; those without a form are of all.
var values = map[string]payment.Form{
	"endToEndId": "", "amount": "", "currency": "",
	"holder": payment.FormBankAccount, "iban": payment.FormBankAccount, "bic": payment.FormBankAccount,
	"bank": payment.FormBankAccount, "number": payment.FormBankAccount,
	"network": payment.FormWallet, "address": payment.FormWallet,
	"collector": payment.FormCollector, "country": "", "town": "",
}

var (
	separators = map[string]rune{"comma": ',', "semicolon": ';', "tab": '\t', "bar": '|'}
	decimals   = map[string]string{"point": ".", "comma": ","}
	days       = map[string]string{"YYYY-MM-DD": "2006-01-02", "DD.MM.YYYY": "02.01.2006", "DD/MM/YYYY": "02/01/2006", "MM/DD/YYYY": "01/02/2006"}
	encodings  = map[string]encoding.Encoding{
		"utf-8": unicode.UTF8, "utf-8-bom": unicode.UTF8BOM, "windows-1251": charmap.Windows1251,
		"windows-1252": charmap.Windows1252, "iso-8859-2": charmap.ISO8859_2,
	}
	forms = []payment.Form{payment.FormBankAccount, payment.FormWallet, payment.FormCollector}
)

// wrong says all that is wrong with a mapping, each behind its field.
func (m Mapping) wrong() (list []string) {
	if !account.Segment(m.ID) {
		list = append(list, "id: must be 1 to 40 of a-z, 0-9, _ and -, beginning with a letter or digit")
	}
	if _, err := money.New("currency", 1, m.Currency); err != nil {
		list = append(list, "currency: must be a code of ISO 4217 in use")
	}
	if m.ExposureCap < 0 {
		list = append(list, "exposureCap: must not be below zero")
	}
	if len(m.Forms) == 0 {
		list = append(list, "forms: needs one at least")
	}
	for _, f := range m.Forms {
		if !slices.Contains(forms, payment.Form(f)) {
			list = append(list, "forms: must be BANK_ACCOUNT, WALLET and COLLECTOR only")
		}
	}
	list = append(list, m.Payments.wrong("payments")...)
	list = append(list, m.wrongColumns()...)
	list = append(list, m.Results.Layout.wrong("results")...)
	return append(list, m.Results.wrongNames()...)
}

func (l Layout) wrong(field string) (list []string) {
	if separators[l.Separator] == 0 {
		list = append(list, field+".separator: must be comma, semicolon, tab or bar")
	}
	if encodings[l.Encoding] == nil {
		list = append(list, field+".encoding: must be utf-8, utf-8-bom, windows-1251, windows-1252 or iso-8859-2")
	}
	if decimals[l.Decimal] == "" {
		list = append(list, field+".decimal: must be point or comma")
	}
	return list
}

// wrongColumns says what is wrong with the columns of payments: each is there once, and
// without id and amount no provider can pay.
func (m Mapping) wrongColumns() (list []string) {
	names, has := map[string]bool{}, map[string]bool{}
	for i, c := range m.Payments.Columns {
		at := fmt.Sprintf("payments.columns[%d]", i)
		_, known := values[c.Value]
		switch {
		case c.Name == "" || names[c.Name]:
			list = append(list, at+".name: must be a name of its own")
		case formula(c.Name) || formula(c.Text):
			list = append(list, at+": must not begin as a formula does")
		case (c.Value == "") == (c.Text == ""):
			list = append(list, at+": needs either a value or a text")
		case c.Value != "" && !known:
			list = append(list, at+".value: is not known")
		case values[c.Value] != "" && !slices.Contains(m.Forms, string(values[c.Value])):
			list = append(list, at+".value: is of a form that the provider does not pay to")
		}
		names[c.Name], has[c.Value] = true, true
	}
	for _, needed := range []string{"endToEndId", "amount"} {
		if !has[needed] {
			list = append(list, "payments.columns: needs one with "+needed)
		}
	}
	return list
}

func (in In) wrongNames() (list []string) {
	seen := map[string]bool{"": true}
	for _, c := range []struct{ field, name string }{{"endToEndId", in.EndToEndID}, {"amount", in.Amount}, {"status", in.Status}, {"day", in.Day}} {
		if seen[c.name] {
			list = append(list, "results."+c.field+": must be the name of a column of its own")
		}
		seen[c.name] = true
	}
	if days[in.DayFormat] == "" {
		list = append(list, "results.dayFormat: must be YYYY-MM-DD, DD.MM.YYYY, DD/MM/YYYY or MM/DD/YYYY")
	}
	if len(in.Paid) == 0 || slices.ContainsFunc(in.Paid, func(w string) bool { return w == "" || slices.Contains(in.Failed, w) }) {
		list = append(list, "results.paid: needs words that are not among those of failed")
	}
	return list
}

// sender is the provider as the rail has it.
func (m Mapping) sender() rail.Sender {
	s := rail.Sender{ID: m.ID, Name: m.ID, Currency: m.Currency, ExposureCap: m.ExposureCap}
	if s.ExposureCap == 0 {
		s.ExposureCap = 10
	}
	for _, f := range m.Forms {
		s.Forms = append(s.Forms, accepted{Form: payment.Form(f)})
	}
	return s
}

// formula reports whether a spreadsheet would take a text for a formula.
func formula(s string) bool {
	s = strings.TrimLeft(s, " \u00a0\u3000\ufeff")
	return s != "" && strings.ContainsAny(string([]rune(s)[0]), "=+-@\t\r\n|%＝＋－＠")
}
