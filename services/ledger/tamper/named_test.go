package tamper

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// named reports whether a finding names what an edit has touched: the first one where
// that is about an entry, any where all are about the whole log.
func (l *ledger) named(e *edit, r verify.Report) bool {
	var names []string
	if e.table == rolledBack {
		names = []string{`rolled back`}
	}
	for _, tables := range []map[string][]row{e.remove, e.add} {
		for table, rows := range tables {
			for _, row := range rows {
				if e.table != rolledBack {
					names = append(names, l.touched(table, row)...)
				}
			}
		}
	}
	findings := r.Findings
	if findings[0].Sequence != verify.Whole {
		findings = findings[:1] // the entry that is blamed first must be the one
	}
	return slices.ContainsFunc(names, func(name string) bool {
		pattern := regexp.MustCompile(name)
		return slices.ContainsFunc(findings, func(f verify.Finding) bool { return pattern.MatchString(f.String()) })
	})
}

// touched returns patterns of the findings that name a row.
func (l *ledger) touched(table string, r row) []string {
	names := []string{`the table ` + table + ` has rows of ledger ` + r.text("ledger_id") + `\b`}
	account := func(number string) {
		names = append(names, `#`+number+`\b`)
		if path := l.paths[number]; path != "" {
			names = append(names, regexp.QuoteMeta(path)+`( |,|$)`)
		}
	}
	switch table {
	case "leaves", "transactions", "entries", "decisions", "periods":
		names = append(names, `entry `+r.text("sequence")+`\b`)
	case "accounts":
		account(r.text("account"))
		names = append(names, regexp.QuoteMeta(tables.Plain(r.text("path")))+`( |,|$)`, `head says \d+ accounts`, `pool `+regexp.QuoteMeta(tables.Plain(r.text("pool")))+` `)
		for _, e := range l.tables["entries"].rows {
			if e.text("account") == r.text("account") {
				names = append(names, `entry `+e.text("sequence")+`\b`)
			}
		}
	case "balances", "day_totals":
		account(r.text("account"))
	case "pool_totals":
		names = append(names, `pool `+regexp.QuoteMeta(tables.Plain(r.text("pool")))+` `)
	case "tiles":
		names = append(names, l.tile(r)...)
	case "checkpoints":
		names = append(names, `checkpoint of `+r.text("size")+` leaves`, `the kept one had `+r.text("size")+`$`, `kept checkpoint is not among`, `the checkpoint cannot be read`)
	case "head":
		names = append(names, `\bhead\b`)
	default:
		l.t.Fatalf("nobody knows how rows of %s are named", table)
	}
	return names
}

// tile returns patterns of the findings that name a tile.
func (l *ledger) tile(r row) []string {
	index, _ := strconv.Atoi(r.text("tile"))
	names := []string{fmt.Sprintf(`tile/%s/%03d\b`, r.text("level"), index), `level ` + r.text("level") + ` has`}
	if r.text("level") == "0" {
		for i := index * 256; i >= 0 && i < index*256+256; i++ {
			names = append(names, fmt.Sprintf(`entry %d\b`, i))
		}
	}
	return names
}
