package manual

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/internal/iban"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/wallet"
)

// sheet writes what people do: a text of lines "name: value", a payment each block.
type sheet struct{ can rail.Capabilities }

// MediaType is that of plain text.
func (sheet) MediaType() string { return "text/plain; charset=utf-8" }

// Check writes a sheet of one payment to nowhere.
func (f sheet) Check(in payment.Instruction) error {
	sender, known := f.can.Sender(in.Sender)
	if !known {
		return fmt.Errorf("sender %s is not configured", in.Sender)
	}
	return f.Write(io.Discard, rail.Batch{MessageID: in.Attempt.EndToEndID, Sender: sender, Payments: []payment.Instruction{in}})
}

// Write writes a sheet.
func (f sheet) Write(w io.Writer, b rail.Batch) error {
	if b.MessageID == "" || len(b.Payments) == 0 {
		return errors.New("a sheet needs a name and a payment")
	}
	var text strings.Builder
	put(&text, line{"sheet", b.MessageID}, line{"from", b.Sender.Account()})
	seen := map[string]bool{}
	for _, in := range b.Payments {
		a := in.Attempt
		if a.EndToEndID == "" || seen[a.EndToEndID] || a.Minor <= 0 || a.Currency != b.Sender.Currency {
			return errors.New("a payment needs an id of its own and an amount in the sender's currency")
		}
		seen[a.EndToEndID] = true
		place, err := f.place(b.Sender, in.Destination)
		if err != nil {
			return err
		}
		text.WriteByte('\n')
		put(&text, line{"payment", a.EndToEndID}, line{"amount", money.Amount{MinorUnits: a.Minor, Currency: a.Currency}.String()})
		put(&text, place...)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// line is one line of a sheet.
type line struct{ name, value string }

// put writes lines; what is empty is left out.
func put(text *strings.Builder, lines ...line) {
	for _, l := range lines {
		if l.value != "" {
			text.WriteString(l.name + ": " + l.value + "\n")
		}
	}
}

// place are the lines about where money goes. What cannot be seen, and could make one look
// like another, is refused.
func (f sheet) place(sender rail.Sender, d payment.Destination) ([]line, error) {
	if !d.IsOneOf(f.can.FormsOf(sender.ID)) {
		return nil, errors.New("the form does not leave from this sender")
	}
	lines, err := linesOf(sender, d)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		if strings.ContainsFunc(l.value, func(r rune) bool { return !unicode.IsGraphic(r) || r == '\uFFFD' }) {
			return nil, fmt.Errorf("the %s has characters that cannot be seen", l.name)
		}
	}
	return slices.Insert(lines, 0, line{"to", string(d.Form())}), nil
}

func linesOf(sender rail.Sender, d payment.Destination) ([]line, error) {
	switch {
	case d.BankAccount != nil:
		return accountLines(*d.BankAccount)
	case d.Wallet != nil:
		if _, err := wallet.CheckField("network", wallet.Network(d.Wallet.Network), "address", d.Wallet.Address); err != nil || wallet.Network(d.Wallet.Network) != sender.Network {
			return nil, errors.New("the address is none of the sender's network")
		}
		return []line{{"network", d.Wallet.Network}, {"address", d.Wallet.Address}}, nil
	case d.Collector != nil:
		c := d.Collector
		return named(line{"collector", c.FullName}, line{"country", c.Country}, line{"town", c.Town})
	case d.Payee != nil:
		return payeeLines(*d.Payee)
	case d.Parcel != nil:
		return parcelLines(*d.Parcel)
	}
	return nil, errors.New("there is nowhere to pay to")
}

// named checks that none of some lines is empty.
func named(lines ...line) ([]line, error) {
	for _, l := range lines {
		if strings.TrimSpace(l.value) == "" {
			return nil, fmt.Errorf("the %s is missing", l.name)
		}
	}
	return lines, nil
}

func accountLines(a payment.BankAccount) ([]line, error) {
	lines, err := named(line{"holder", a.Holder}, line{"country", a.Country}, line{"town", a.Town})
	if err != nil {
		return nil, err
	}
	if a.Local != nil {
		local, err := named(line{"bank", a.Local.Bank}, line{"bank country", a.Local.Country}, line{"number", a.Local.Number})
		return append(lines, local...), err
	}
	number, err := iban.Parse(a.IBAN)
	if err != nil {
		return nil, errors.New("the IBAN is none") // its text would quote the account
	}
	return append(lines, line{"iban", number.String()}, line{"bic", a.BIC}), nil
}

func payeeLines(p payment.Payee) ([]line, error) {
	lines, err := named(line{"payee", p.Name}, line{"payee country", p.Country}, line{"bill", p.Bill})
	if err != nil || p.Account == nil {
		return lines, err
	}
	account, err := accountLines(*p.Account)
	return append(lines, account...), err
}

func parcelLines(p payment.Parcel) ([]line, error) {
	lines, err := named(line{"recipient", p.Recipient}, line{"address", p.Address}, line{"country", p.Country})
	if err != nil {
		return nil, err
	}
	if len(p.Items) == 0 {
		return nil, errors.New("the parcel is empty")
	}
	for _, item := range p.Items {
		if item.Quantity < 1 || item.Description == "" {
			return nil, errors.New("an item is nothing")
		}
		lines = append(lines, line{"item", fmt.Sprintf("%d × %s", item.Quantity, item.Description)})
	}
	return lines, nil
}
