package pain

import (
	"encoding/xml"

	"github.com/solidarity-fund/solidarity/services/internal/iban"
)

// The elements of pain.001.001.09 that are used, in the schema's order and by
// the schema's names. Version 03 differs in two of them.

type document struct {
	XMLName xml.Name
	Header  groupHeader `xml:"CstmrCdtTrfInitn>GrpHdr"`
	Batch   instruction `xml:"CstmrCdtTrfInitn>PmtInf"`
}

type groupHeader struct {
	MessageID  string `xml:"MsgId"`
	Created    string `xml:"CreDtTm"`
	Count      int    `xml:"NbOfTxs"`
	ControlSum string `xml:"CtrlSum"`
	Initiator  string `xml:"InitgPty>Nm"`
}

type instruction struct {
	ID           string     `xml:"PmtInfId"`
	Method       string     `xml:"PmtMtd"`
	BatchBooking bool       `xml:"BtchBookg"`
	Count        int        `xml:"NbOfTxs"`
	ControlSum   string     `xml:"CtrlSum"`
	Service      string     `xml:"PmtTpInf>SvcLvl>Cd"`
	Execute      execution  `xml:"ReqdExctnDt"`
	Debtor       string     `xml:"Dbtr>Nm"`
	Account      string     `xml:"DbtrAcct>Id>IBAN"`
	Agent        agent      `xml:"DbtrAgt>FinInstnId"`
	Charges      string     `xml:"ChrgBr"`
	Transfers    []transfer `xml:"CdtTrfTxInf"`
}

// execution is the day on which the bank is to pay: in an element of its own, up to
// version 03 as it is.
type execution struct {
	Day   string `xml:"Dt,omitempty"`
	Plain string `xml:",chardata"`
}

// agent is a bank: by its BIC, which version 03 calls otherwise, or by the agreed word
// where there is none.
type agent struct {
	BIC   string `xml:"BICFI,omitempty"`
	Old   string `xml:"BIC,omitempty"`
	Other *other `xml:"Othr"`
}

// agentOf names a bank as a version does.
func agentOf(v Version, bic string) agent {
	if v == V03 {
		return agent{Old: bic}
	}
	return agent{BIC: bic}
}

type other struct {
	ID string `xml:"Id"`
}

type transfer struct {
	EndToEndID string  `xml:"PmtId>EndToEndId"`
	Amount     amount  `xml:"Amt>InstdAmt"`
	Agent      *agent  `xml:"CdtrAgt>FinInstnId"`
	Name       string  `xml:"Cdtr>Nm"`
	Address    address `xml:"Cdtr>PstlAdr"`
	Account    string  `xml:"CdtrAcct>Id>IBAN"`
	Remittance string  `xml:"RmtInf>Ustrd,omitempty"`
}

type amount struct {
	Currency string `xml:"Ccy,attr"`
	Value    string `xml:",chardata"`
}

type address struct {
	Town    string `xml:"TwnNm"`
	Country string `xml:"Ctry"`
}

func newDocument(b Batch) document {
	debtor, sum := fit(b.Debtor.Name, maxName), b.total().Decimal()
	execute := execution{Day: b.Execute}
	if b.Version == V03 {
		execute = execution{Plain: b.Execute}
	}
	d := document{
		XMLName: xml.Name{Space: namespace + string(b.version()), Local: "Document"},
		Header: groupHeader{
			MessageID: b.MessageID, Created: b.Created.UTC().Format("2006-01-02T15:04:05Z"),
			Count: len(b.Payments), ControlSum: sum, Initiator: debtor,
		},
		Batch: instruction{
			ID: b.MessageID, Method: "TRF", BatchBooking: true, Count: len(b.Payments), ControlSum: sum, Service: "SEPA",
			Execute: execute, Debtor: debtor, Account: electronic(b.Debtor.IBAN), Agent: agentOf(b.Version, b.Debtor.BIC), Charges: "SLEV",
		},
	}
	if b.Debtor.BIC == "" {
		d.Batch.Agent.Other = &other{ID: "NOTPROVIDED"}
	}
	for _, p := range b.Payments {
		d.Batch.Transfers = append(d.Batch.Transfers, newTransfer(b.Version, p))
	}
	return d
}

func newTransfer(v Version, p Payment) transfer {
	t := transfer{
		EndToEndID: p.EndToEndID, Amount: amount{Currency: p.Amount.Currency, Value: p.Amount.Decimal()},
		Name: fit(p.Creditor.Name, maxName), Account: electronic(p.Creditor.IBAN), Remittance: fit(p.Remittance, maxRemark),
		Address: address{Town: fit(p.Creditor.Town, maxTown), Country: p.Creditor.Country},
	}
	if p.Creditor.BIC != "" {
		t.Agent = new(agentOf(v, p.Creditor.BIC))
	}
	return t
}

// electronic writes a checked account number without spaces.
func electronic(number string) string {
	account, _ := iban.Parse(number)
	return account.String()
}
