package bankfake

import (
	"encoding/xml"
	"fmt"
	"io"
)

const namespace = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"

// statement and what it holds mirror the elements of camt.053.001.08 that this
// bank writes, in the order of the schema.
type statement struct {
	ID       string `xml:"Id"`
	Sequence int    `xml:"ElctrncSeqNb"`
	Created  string `xml:"CreDtTm"`
	IBAN     string `xml:"Acct>Id>IBAN"`
	Currency string `xml:"Acct>Ccy"`
	Balances []balance
	Entries  []entry
}

type balance struct {
	XMLName   xml.Name `xml:"Bal"`
	Code      string   `xml:"Tp>CdOrPrtry>Cd"`
	Amount    amount   `xml:"Amt"`
	Direction string   `xml:"CdtDbtInd"`
	Day       string   `xml:"Dt>Dt"`
}

type amount struct {
	Currency string `xml:"Ccy,attr"`
	Text     string `xml:",chardata"`
}

type entry struct {
	XMLName   xml.Name `xml:"Ntry"`
	Reference string   `xml:"NtryRef"`
	Amount    amount   `xml:"Amt"`
	Direction string   `xml:"CdtDbtInd"`
	Status    string   `xml:"Sts>Cd"`
	Booked    string   `xml:"BookgDt>Dt"`
	Value     string   `xml:"ValDt>Dt"`
	Code      struct {
		Domain    string `xml:"Domn>Cd"`
		Family    string `xml:"Domn>Fmly>Cd"`
		SubFamily string `xml:"Domn>Fmly>SubFmlyCd"`
	} `xml:"BkTxCd"`
	Details details `xml:"NtryDtls>TxDtls"`
}

type details struct {
	Batch      string    `xml:"Refs>PmtInfId,omitempty"`
	EndToEndID string    `xml:"Refs>EndToEndId"`
	Amount     amount    `xml:"Amt"`
	Direction  string    `xml:"CdtDbtInd"`
	Creditor   *creditor `xml:"RltdPties"`
	Return     *returned `xml:"RtrInf"`
}

// creditor is the account that a transfer went to.
type creditor struct {
	IBAN string `xml:"CdtrAcct>Id>IBAN"`
}

type returned struct {
	Reason string `xml:"Rsn>Cd"`
}

func (s statement) write(w io.Writer) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	document := struct {
		XMLName   xml.Name  `xml:"Document"`
		Namespace string    `xml:"xmlns,attr"`
		MessageID string    `xml:"BkToCstmrStmt>GrpHdr>MsgId"`
		Created   string    `xml:"BkToCstmrStmt>GrpHdr>CreDtTm"`
		Statement statement `xml:"BkToCstmrStmt>Stmt"`
	}{Namespace: namespace, MessageID: s.ID, Created: s.Created, Statement: s}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(document); err != nil {
		return fmt.Errorf("write statement: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}
