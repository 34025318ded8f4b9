package sepa_test

import (
	"bytes"
	"encoding/xml"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/railtest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/railtest/filetest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// senderIBAN is the account that the desk pays from.
const senderIBAN = "LT121000011101001000"

// theBank is the rail, and a bank outside.
func theBank() filetest.Outside {
	return filetest.Outside{
		Rail: sepa.ID, Sender: "main", Currency: "EUR", Read: readPain, Report: statementOf,
		New: func(lines rail.Lines, keys *seal.Keyring) rail.Filer {
			return sepa.New(lines, keys, []rail.Sender{{
				ID: "main", Name: "Test Sender", IBAN: senderIBAN, Currency: "EUR", ExposureCap: 10,
			}}, "Transfer", time.Now)
		},
		Destination: payment.Destination{
			BankAccount: &payment.BankAccount{Holder: "Янка", IBAN: "DE89370400440532013000", Country: "DE", Town: "Leipzig"},
		},
	}
}

// readPain reads what a file has the bank pay.
func readPain(plain []byte) (sent []railtest.Sent, err error) {
	var in struct {
		Payments []struct {
			ID     string `xml:"PmtId>EndToEndId"`
			Amount string `xml:"Amt>InstdAmt"`
		} `xml:"CstmrCdtTrfInitn>PmtInf>CdtTrfTxInf"`
	}
	if err := xml.Unmarshal(plain, &in); err != nil {
		return nil, err
	}
	for _, p := range in.Payments {
		minor, err := money.ParseDecimal(p.Amount, "EUR")
		if err != nil {
			return nil, err
		}
		sent = append(sent, railtest.Sent{EndToEndID: p.ID, Minor: minor})
	}
	return sent, nil
}

// statementOf is the bank's statement after some files.
func statementOf(files [][]byte) ([]byte, error) {
	bank := bankfake.New(senderIBAN, "EUR", 10_000_000)
	for _, plain := range files {
		if _, err := bank.Take(bytes.NewReader(plain)); err != nil {
			return nil, err
		}
	}
	var file bytes.Buffer
	err := bank.Statement(&file, time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC), func(string, int64) string { return "" })
	return file.Bytes(), err
}

func newDesk(t *testing.T) *filetest.Desk {
	t.Helper()
	return filetest.NewDesk(t, theBank())
}
