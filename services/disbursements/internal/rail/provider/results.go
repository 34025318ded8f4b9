package provider

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// results reads a table of results as a message that tells of movements beside statements:
// what was paid has left, what failed has come back.
func results(mappings []Mapping, content []byte) (rail.Report, error) {
	if bytes.HasPrefix(bytes.TrimLeft(content, "\ufeff \t\r\n"), []byte("<")) {
		return rail.Report{}, fault.New(fault.Invalid, fault.ReasonStatementNotXML, "The file is no table of a provider.")
	}
	sum := sha256.Sum256(content)
	var first error
	for _, m := range mappings {
		st, ours, err := m.read(content)
		if ours && err == nil {
			st.BankID = "csv-" + hex.EncodeToString(sum[:8])
			return rail.Report{SHA256: sum[:], Statements: []statement.Statement{st}}, nil
		}
		if ours || first == nil {
			first = err
		}
		if ours {
			break
		}
	}
	return rail.Report{}, first
}

// read reads a table; ours is false where its first row has not the provider's columns.
func (m Mapping) read(content []byte) (st statement.Statement, ours bool, err error) {
	text, err := encodings[m.Results.Encoding].NewDecoder().Bytes(content)
	if err != nil || bytes.ContainsRune(text, '\uFFFD') || bytes.IndexByte(text, 0) >= 0 {
		return st, false, statement.Wrong(1, "must be a text of the encoding that is configured")
	}
	rows := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	rows.Comma, rows.ReuseRecord = separators[m.Results.Separator], true
	names, err := rows.Read()
	if err != nil {
		return st, false, statement.Wrong(1, "must begin with the names of columns")
	}
	var at [4]int
	for i, name := range []string{m.Results.EndToEndID, m.Results.Amount, m.Results.Status, m.Results.Day} {
		if at[i] = slices.Index(names, name); at[i] < 0 || slices.Index(names[at[i]+1:], name) >= 0 {
			return st, false, statement.Wrong(1, "must have each configured column once")
		}
	}
	st = statement.Statement{Sender: m.ID, Currency: m.Currency, Notification: true, At: 1}
	err = m.rows(rows, at, &st)
	return st, true, err
}

// rows reads the rows of a table whose columns are at the given places.
func (m Mapping) rows(rows *csv.Reader, at [4]int, st *statement.Statement) error {
	seen := map[string]bool{}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		number, _ := rows.FieldPos(0)
		if err != nil {
			return statement.Wrong(number, "must be a row of as many columns as the first")
		}
		l, known, err := m.line(number, row[at[0]], row[at[1]], row[at[2]], row[at[3]])
		switch {
		case err != nil:
			return err
		case known && seen[l.EndToEndID]:
			return statement.Wrong(number, "must be the only row of its payment")
		case known:
			seen[l.EndToEndID] = true
			st.Lines = append(st.Lines, l)
			st.ClosedOn = max(st.ClosedOn, l.BookedOn)
		}
	}
	if len(st.Lines) == 0 {
		return statement.Wrong(1, "must have a row with a configured word of the status")
	}
	return nil
}

// line is what a row says; known is false where its status has not ended.
func (m Mapping) line(number int, id, amount, status, day string) (l statement.Line, known bool, err error) {
	paid, failed := slices.Contains(m.Results.Paid, status), slices.Contains(m.Results.Failed, status)
	if !paid && !failed {
		return l, false, nil
	}
	on, err := time.Parse(days[m.Results.DayFormat], day)
	if err != nil {
		return l, false, statement.Wrong(number, "must have a day of the configured format")
	}
	if m.Results.Decimal == "comma" {
		if strings.Contains(amount, ".") {
			return l, false, statement.Wrong(number, "must have an amount above zero in the sender's currency")
		}
		amount = strings.Replace(amount, ",", ".", 1)
	}
	minor, err := money.ParseDecimal(amount, m.Currency)
	if err != nil || minor <= 0 {
		return l, false, statement.Wrong(number, "must have an amount above zero in the sender's currency")
	}
	if id == "" || len(id) > 35 {
		return l, false, statement.Wrong(number, "must have the id of a payment")
	}
	l = statement.Line{Minor: minor, BookedOn: on.Format(time.DateOnly), Code: "CSV", Ref: id, EndToEndID: id, BatchCount: -1}
	if failed {
		l.Credit, l.IsReturn, l.ReturnReason = true, true, "FAILED"
	}
	return l, true, nil
}
