package destination

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/iban"
	"github.com/solidarity-fund/solidarity/services/internal/latin"
	"github.com/solidarity-fund/solidarity/services/internal/wallet"
)

// Longest texts in characters. Names and towns are what pain.001 carries.
const (
	maxName    = 70
	maxTown    = 35
	maxAddress = 140
	maxItems   = 20
	maxOfItem  = 1000
)

// Check checks details as entered and returns them as they are stored: numbers without
// spaces, codes in capitals. A fault names the field below the form's.
func Check(d Details) (Details, error) {
	var err error
	switch d.Form() {
	case FormBankAccount:
		d.BankAccount, err = d.BankAccount.checked("bankAccount")
	case FormWallet:
		d.Wallet, err = d.Wallet.checked("wallet")
	case FormCollector:
		err = d.Collector.check("collector")
	case FormPayee:
		d.Payee, err = d.Payee.checked("payee")
	case FormParcel:
		err = d.Parcel.check("parcel")
	default:
		err = fault.Field("bankAccount", fault.FieldRequired,
			"must be given, or one of wallet, collector, payee and parcel")
	}
	if err != nil {
		return Details{}, err
	}
	return d, nil
}

func (b BankAccount) checked(field string) (*BankAccount, error) {
	if b.Local != nil {
		local, err := b.Local.checked(field + ".local")
		if err != nil {
			return nil, err
		}
		b.Local = local
	} else {
		account, err := iban.ParseField(field+".iban", b.IBAN)
		if err != nil {
			return nil, err
		}
		b.IBAN = account.String()
	}
	b.BIC = strings.ToUpper(b.BIC)
	if b.BIC != "" && !bic(b.BIC) {
		return nil, fault.Field(field+".bic", fault.FieldWrongLength, "must be a BIC of 8 or 11 characters")
	}
	if err := line(field+".accountHolder", b.AccountHolder, 2, maxName); err != nil {
		return nil, err
	}
	if err := place(field, b.Country, b.Town); err != nil || b.Local != nil {
		return &b, err
	}
	if err := carried(field+".accountHolder", b.AccountHolder); err != nil {
		return nil, err
	}
	return &b, carried(field+".town", b.Town)
}

// carried refuses what no payment file can carry: the round would find that out weeks
// later.
func carried(field, s string) error {
	if text, ok := latin.Write(s); !ok || text == "" {
		return fault.Field(field, fault.FieldMalformed, "must be in Latin, Cyrillic or Greek letters: payment files carry no others")
	}
	return nil
}

func (l Local) checked(field string) (*Local, error) {
	if err := family.CheckCountry(field+".countryCode", l.Country); err != nil {
		return nil, err
	}
	if err := line(field+".bank", l.Bank, 2, maxName); err != nil {
		return nil, err
	}
	l.Number = strings.ToUpper(strings.ReplaceAll(l.Number, " ", ""))
	if n := len(l.Number); n < 3 || n > 34 || strings.Trim(l.Number, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./-") != "" {
		return nil, fault.Field(field+".number", fault.FieldMalformed, "must have 3 to 34 letters, digits, dots, slashes and hyphens")
	}
	return &l, nil
}

func (w Wallet) checked(field string) (*Wallet, error) {
	address, err := wallet.CheckField(field+".network", wallet.Network(w.Network), field+".address", w.Address)
	w.Address = address
	return &w, err
}

func (c Collector) check(field string) error {
	if err := line(field+".fullName", c.FullName, 2, maxName); err != nil {
		return err
	}
	return place(field, c.Country, c.Town)
}

func (p Payee) checked(field string) (*Payee, error) {
	if err := line(field+".payeeName", p.Name, 2, maxName); err != nil {
		return nil, err
	}
	if err := family.CheckCountry(field+".countryCode", p.Country); err != nil {
		return nil, err
	}
	if err := line(field+".billReference", p.Bill, 1, maxName); err != nil {
		return nil, err
	}
	if p.Account == nil {
		return &p, nil
	}
	account, err := p.Account.checked(field + ".account")
	p.Account = account
	return &p, err
}

func (p Parcel) check(field string) error {
	if err := line(field+".recipient", p.Recipient, 2, maxName); err != nil {
		return err
	}
	if err := line(field+".address", p.Address, 5, maxAddress); err != nil {
		return err
	}
	if err := family.CheckCountry(field+".countryCode", p.Country); err != nil {
		return err
	}
	if n := len(p.Items); n == 0 || n > maxItems {
		return fault.Field(field+".items", fault.FieldWrongCount, "must be 1 to 20")
	}
	for i, item := range p.Items {
		at := fmt.Sprintf("%s.items[%d]", field, i)
		if err := line(at+".description", item.Description, 1, maxName); err != nil {
			return err
		}
		if item.Quantity < 1 || item.Quantity > maxOfItem {
			return fault.Field(at+".quantity", fault.FieldOutOfRange, "must be 1 to 1000")
		}
	}
	return nil
}

// place checks a country and a town of it.
func place(field, country, town string) error {
	if err := line(field+".town", town, 1, maxTown); err != nil {
		return err
	}
	return family.CheckCountry(field+".countryCode", country)
}

// line checks a text of one line.
func line(field, s string, least, most int) error {
	n := utf8.RuneCountInString(s)
	if !utf8.ValidString(s) || n < least || n > most || strings.TrimSpace(s) != s ||
		strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) {
		return fault.Field(field, fault.FieldWrongLength, fmt.Sprintf("must have %d to %d characters on one line", least, most))
	}
	return nil
}

// bic reports whether s is four letters for the bank, two for the country, and
// two or five letters or digits.
func bic(s string) bool {
	letter := func(r rune) bool { return r >= 'A' && r <= 'Z' }
	digit := func(r rune) bool { return r >= '0' && r <= '9' }
	return (len(s) == 8 || len(s) == 11) &&
		!strings.ContainsFunc(s[:6], func(r rune) bool { return !letter(r) }) &&
		!strings.ContainsFunc(s[6:], func(r rune) bool { return !letter(r) && !digit(r) })
}
