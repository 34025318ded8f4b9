package pain

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/iban"
	"github.com/solidarity-fund/solidarity/services/internal/latin"
)

const (
	currency  = "EUR"
	maxMinor  = 999_999_999_99 // a transfer's most, in cents
	maxID     = 35
	maxName   = 70
	maxTown   = 35
	maxRemark = 140
)

// bicForm is the form of ISO 9362: bank, country, place, and maybe a branch.
var bicForm = regexp.MustCompile(`^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$`)

// checker collects what is wrong.
type checker struct {
	wrong []fault.Violation
}

func (c *checker) add(field, description string) {
	c.wrong = append(c.wrong, fault.Violation{Field: field, Reason: fault.FieldMalformed, Description: description})
}

// check finds everything for which a bank would refuse the file.
func check(b Batch) error {
	var c checker
	c.id("messageId", b.MessageID)
	if v := b.version(); v != V03 && v != V09 {
		c.add("version", "is not pain.001.001.03 or pain.001.001.09")
	}
	if b.Created.IsZero() {
		c.add("created", "is missing")
	}
	if _, err := time.Parse(time.DateOnly, b.Execute); err != nil {
		c.add("execute", "is not a day such as 2026-11-24")
	}
	c.text("debtor.name", b.Debtor.Name)
	c.account("debtor", b.Debtor.IBAN, b.Debtor.BIC)
	if len(b.Payments) == 0 {
		c.add("payments", "is empty")
	}
	seen := map[string]bool{}
	sum := int64(0)
	for i, p := range b.Payments {
		c.payment(fmt.Sprintf("payments[%d]", i), p, seen)
		if p.Amount.MinorUnits > math.MaxInt64-sum {
			c.add("payments", "add up to too much")
			break
		}
		sum += max(0, p.Amount.MinorUnits)
	}
	if len(c.wrong) > 0 {
		return fault.Fields(c.wrong...)
	}
	return nil
}

func (c *checker) payment(field string, p Payment, seen map[string]bool) {
	c.id(field+".endToEndId", p.EndToEndID)
	if seen[p.EndToEndID] {
		c.add(field+".endToEndId", "is used twice in the file")
	}
	seen[p.EndToEndID] = true
	if p.Amount.Currency != currency {
		c.add(field+".amount.currencyCode", "must be EUR for a SEPA transfer")
	}
	if p.Amount.MinorUnits < 1 || p.Amount.MinorUnits > maxMinor {
		c.add(field+".amount.minorUnits", "must be from 0.01 to 999999999.99")
	}
	c.text(field+".creditor.name", p.Creditor.Name)
	c.text(field+".creditor.town", p.Creditor.Town)
	c.account(field+".creditor", p.Creditor.IBAN, p.Creditor.BIC)
	if k := p.Creditor.Country; len(k) != 2 || strings.Trim(k, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		c.add(field+".creditor.country", "must be two capital letters of ISO 3166")
	}
	if remark, ok := latin.Write(p.Remittance); !ok {
		c.add(field+".remittance", unwritable)
	} else if len(remark) > maxRemark {
		c.add(field+".remittance", "is longer than 140 characters in Latin letters")
	}
}

// id checks an identifier: it is compared when it comes back, so it is never
// transliterated. Slashes must not lead, end or double.
func (c *checker) id(field, id string) {
	switch {
	case id == "" || len(id) > maxID:
		c.add(field, "must have 1 to 35 characters")
	case strings.Trim(id, latin.Alphabet) != "" || strings.Contains(id, " "):
		c.add(field, "may hold only Latin letters, digits and / - ? : ( ) . , ' +")
	case strings.HasPrefix(id, "/") || strings.HasSuffix(id, "/") || strings.Contains(id, "//"):
		c.add(field, "must not begin or end with a slash nor hold two in a row")
	}
}

const unwritable = "holds letters that a SEPA file cannot carry"

func (c *checker) text(field, s string) {
	switch text, ok := latin.Write(s); {
	case !ok:
		c.add(field, unwritable)
	case text == "":
		c.add(field, "is missing")
	}
}

func (c *checker) account(field, number, bic string) {
	account, err := iban.Parse(number)
	switch {
	case err != nil:
		c.add(field+".iban", err.Error())
	case !account.SEPA():
		c.add(field+".iban", "is of a country outside SEPA")
	}
	if bic != "" && !bicForm.MatchString(bic) {
		c.add(field+".bic", "is not a BIC of 8 or 11 capital letters and digits")
	}
}
