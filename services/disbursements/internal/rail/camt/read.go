package camt

import (
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/giftref"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

func (c *cursor) statement(n *node, notification bool, entries []Entry) Statement {
	s := Statement{
		Entries: entries, Line: n.line, ID: c.id(c.need(n, "Id")), Notification: notification, Account: c.account(n), Created: c.day(n.child("CreDtTm")),
		From: c.day(n.child("FrToDt", "FrDtTm")), To: c.day(n.child("FrToDt", "ToDtTm")),
	}
	for _, name := range []string{"LglSeqNb", "ElctrncSeqNb"} { // the electronic one counts
		if seq := n.child(name); seq != nil {
			s.Sequence = c.number(seq)
		}
	}
	balances := n.all("Bal")
	if len(balances) == 0 && !notification {
		c.wrong(n, "the statement has no balances")
	}
	s.Currency = c.accountCurrency(n, balances, s.Entries)
	s.Opening = c.balance(balances, s.Currency, "OPBD", "PRCD")
	s.Closing = c.balance(balances, s.Currency, "CLBD")
	return s
}

// account reads the account's number. Banks print spaces in it.
func (c *cursor) account(n *node) string {
	id := c.need(n, "Acct", "Id")
	number := id.child("IBAN")
	if number == nil {
		number = c.need(id, "Othr", "Id")
	}
	return strings.ReplaceAll(c.id(number), " ", "")
}

// accountCurrency finds the currency of a statement: the account's, else that
// of the opening balance, else of the first entry.
func (c *cursor) accountCurrency(n *node, balances []*node, entries []Entry) string {
	if said := n.child("Acct", "Ccy"); said != nil {
		if !money.Known(said.text) {
			c.wrong(said, "element Ccy must be a current currency of ISO 4217")
		}
		return said.text
	}
	for _, b := range balances {
		if kind := b.child("Tp", "CdOrPrtry", "Cd"); kind != nil && kind.text == "OPBD" {
			return c.amount(c.need(b, "Amt")).Currency
		}
	}
	if len(entries) > 0 {
		return entries[0].Amount.Currency
	}
	return ""
}

// balance reads the balance of the first of the kinds that there is in the
// account's currency. Those in others, which some banks add, do not count.
func (c *cursor) balance(balances []*node, currency string, kinds ...string) *Balance {
	for _, kind := range kinds {
		var found *Balance
		for _, b := range balances {
			amount, credit := c.amount(c.need(b, "Amt")), c.credit(c.need(b, "CdtDbtInd"))
			day, code := c.day(c.need(b, "Dt")), b.child("Tp", "CdOrPrtry", "Cd")
			if code == nil || code.text != kind || amount.Currency != currency {
				continue
			}
			if found != nil {
				c.wrong(b, "the statement has two balances of one kind")
			}
			found = &Balance{Minor: amount.MinorUnits, Day: day}
			if !credit {
				found.Minor = -found.Minor
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

func (c *cursor) entry(n *node) Entry {
	e := Entry{
		Line: n.line, Ref: c.id(n.child("NtryRef")), ServicerRef: c.id(n.child("AcctSvcrRef")),
		Amount: c.amount(c.need(n, "Amt")), Credit: c.credit(c.need(n, "CdtDbtInd")), Reversal: c.flag(n.child("RvslInd")),
		Status: c.status(c.need(n, "Sts")), Booked: c.day(n.child("BookgDt")), Value: c.day(n.child("ValDt")),
		Code: c.code(c.need(n, "BkTxCd")), Charges: charged(n),
	}
	for _, group := range n.all("NtryDtls") {
		c.group(&e, group)
	}
	return e
}

// status reads a status: a code, up to version 6 a text.
func (c *cursor) status(n *node) string {
	if code := n.child("Cd"); code != nil {
		return c.word(code)
	}
	if n.text == "" {
		return "" // a bank's own word, which is never BOOK
	}
	return c.word(n)
}

// group reads the transfers of an entry that belong together.
func (c *cursor) group(e *Entry, n *node) {
	info := ""
	details := n.all("TxDtls")
	if b := n.child("Btch"); b != nil {
		batch := Batch{
			Line: b.line, MessageID: c.id(b.child("MsgId")), PaymentInfoID: c.id(b.child("PmtInfId")),
			Count: -1, Total: c.maybeAmount(b.child("TtlAmt")), first: len(e.Details), details: len(details),
		}
		if count := b.child("NbOfTxs"); count != nil {
			batch.Count = int(c.number(count))
		}
		info = batch.PaymentInfoID
		e.Batches = append(e.Batches, batch)
	}
	for _, d := range details {
		e.Details = append(e.Details, c.detail(d, *e, info))
	}
}

func (c *cursor) detail(n *node, e Entry, info string) Detail {
	d := Detail{
		Line: n.line, Credit: e.Credit, PaymentInfoID: info, Charges: charged(n), Instructed: readable(n.child("AmtDtls", "InstdAmt", "Amt")),
	}
	if refs := n.child("Refs"); refs != nil {
		d.EndToEndID, d.InstructionID = c.id(refs.child("EndToEndId")), c.id(refs.child("InstrId"))
		d.TxRef = c.id(refs.child("AcctSvcrRef"))
		if d.TxRef == "" {
			d.TxRef = c.id(refs.child("TxId"))
		}
		if own := c.id(refs.child("PmtInfId")); own != "" {
			d.PaymentInfoID = own
		}
	}
	if d.EndToEndID == "NOTPROVIDED" {
		d.EndToEndID = ""
	}
	if d.Amount = c.maybeAmount(n.child("Amt")); d.Amount == nil {
		d.Amount = c.maybeAmount(n.child("AmtDtls", "TxAmt", "Amt"))
	}
	if direction := n.child("CdtDbtInd"); direction != nil {
		d.Credit = c.credit(direction)
	}
	if own := n.child("BkTxCd"); own != nil {
		d.Code = c.code(own)
	}
	returned := n.child("RtrInf")
	d.IsReturn = returned != nil || strings.HasSuffix(d.Code, "/RRTN") || d.Code == "" && strings.HasSuffix(e.Code, "/RRTN")
	d.ReturnReason = c.word(returned.child("Rsn", "Cd"))
	if !d.Credit {
		d.Account = paidTo(n.child("RltdPties", "CdtrAcct", "Id"))
	} else {
		d.GiftRef = giftRef(n.child("RmtInf"))
	}
	return d
}

// giftRef is the first reference of ours in what a sender wrote.
func giftRef(n *node) string {
	for _, structured := range n.all("Strd") {
		if ref := structured.child("CdtrRefInf", "Ref"); ref != nil && giftref.Find(ref.text) != "" {
			return giftref.Find(ref.text)
		}
	}
	var text strings.Builder
	for _, line := range n.all("Ustrd") {
		text.WriteString(line.text + "\n")
	}
	return giftref.Find(text.String())
}

// maxAccount bounds a number of an account, in bytes.
const maxAccount = 64

// paidTo is the number of an account, empty where there is none that can be read: it
// refuses no statement.
func paidTo(id *node) string {
	number := id.child("IBAN")
	if number == nil {
		number = id.child("Othr", "Id")
	}
	if number == nil || len(number.text) > maxAccount {
		return ""
	}
	return strings.ReplaceAll(number.text, " ", "")
}
