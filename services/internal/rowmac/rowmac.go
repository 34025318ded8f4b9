// Package rowmac lets a service recognise rows that it has not written itself. A row
// that decides something and has no leaf in the ledger's log carries a MAC under a key
// that its database does not know; whoever writes to the tables by hand cannot make
// one. A whole older row that somebody puts back has its MAC: it is recognised where the
// key stands over heads, which are kept elsewhere, and Latest is asked.
package rowmac

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
)

// Changed is the reason of the fault for a row that was written by another hand.
const Changed = "ROW_CHANGED"

// Key makes and checks MACs. It is safe for concurrent use.
type Key struct {
	secret []byte
	log    *slog.Logger
	heads  Heads // nil where older rows are not recognised
}

// New returns the key of a service, made of 32 secret bytes that never change. A row
// that was changed is told to log.
func New(secret []byte, log *slog.Logger) *Key { return &Key{secret: secret, log: log} }

// Row is a row as its MAC covers it: where it stands, which version it is, and what of
// it decides, in an order that never changes.
type Row struct {
	table, id string
	version   int64
	content   []byte
}

// NewRow begins a row of a table; version counts its changes, from 1.
func NewRow(table, id string, version int64) *Row {
	r := &Row{table: table, id: id, version: version}
	return r.Text(table).Text(id).Number(version)
}

// Text adds a text.
func (r *Row) Text(s string) *Row { return r.Bytes([]byte(s)) }

// Bytes adds bytes; none and nil are the same.
func (r *Row) Bytes(b []byte) *Row {
	r.content = append(binary.BigEndian.AppendUint32(r.content, uint32(len(b))), b...)
	return r
}

// Texts adds a list of texts; an empty one and nil are the same.
func (r *Row) Texts(list []string) *Row {
	r.content = binary.BigEndian.AppendUint32(r.content, uint32(len(list)))
	for _, s := range list {
		r.Text(s)
	}
	return r
}

// Number adds a number.
func (r *Row) Number(n int64) *Row {
	r.content = binary.BigEndian.AppendUint64(r.content, uint64(n))
	return r
}

// Flag adds a yes or no.
func (r *Row) Flag(yes bool) *Row {
	if yes {
		return r.Number(1)
	}
	return r.Number(0)
}

// Sign returns the MAC of a row, 32 bytes.
func (k *Key) Sign(r *Row) []byte {
	mac := hmac.New(sha256.New, k.secret)
	mac.Write(r.content)
	return mac.Sum(nil)
}

// Check returns the fault Precondition, ROW_CHANGED for a row whose MAC is not this
// one, and tells the log which row it is. Nothing must be done with such a row.
func (k *Key) Check(ctx context.Context, r *Row, mac []byte) error {
	if hmac.Equal(mac, k.Sign(r)) {
		return nil
	}
	return k.changed(ctx, r, "a row was changed by another hand")
}
