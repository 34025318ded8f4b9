package allocation

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
)

// header begins the canonical bytes of a snapshot; a change of the format
// changes its number.
const header = "solidarity allocation snapshot v1"

// Encode writes the canonical bytes of the snapshot: one line a fund, one line a
// request, fields separated by tabs. Names and ids hold neither tab nor line
// end.
func (s Snapshot) Encode() []byte {
	s = s.Canonical()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n%s\t%d\n", header, s.Currency, s.Step)
	for _, f := range s.Funds {
		fmt.Fprintf(&b, "fund\t%s\t%d\n", f.Name, f.Money)
	}
	for _, r := range s.Requests {
		fmt.Fprintf(&b, "request\t%s\t%d\t%t\t%d\t%d\t%d\t%s\t%s\n", r.ID, r.Tier, r.Running, r.Weight, r.Cap,
			r.Minimum, r.WaitingSince, strings.Join(r.Funds, ","))
	}
	return b.Bytes()
}

// Digest is the SHA-256 of the canonical bytes.
func (s Snapshot) Digest() [32]byte { return sha256.Sum256(s.Encode()) }

// Decode reads what Encode wrote.
func Decode(data []byte) (Snapshot, error) {
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if len(lines) < 2 || lines[0] != header {
		return Snapshot{}, fmt.Errorf("not an allocation snapshot of version 1")
	}
	currency, step, _ := strings.Cut(lines[1], "\t")
	r := reader{}
	s := Snapshot{Currency: currency, Step: r.number(step)}
	for _, line := range lines[2:] {
		switch f := strings.Split(line, "\t"); {
		case f[0] == "fund" && len(f) == 3:
			s.Funds = append(s.Funds, Fund{Name: f[1], Money: r.number(f[2])})
		case f[0] == "request" && len(f) == 9:
			s.Requests = append(s.Requests, r.request(f))
		default:
			return Snapshot{}, fmt.Errorf("snapshot has a line of no known kind")
		}
	}
	if r.err != nil {
		return Snapshot{}, fmt.Errorf("read snapshot: %w", r.err)
	}
	return s, s.Check()
}

// reader reads fields and keeps the first error.
type reader struct{ err error }

func (r *reader) number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("not a number")
	}
	return n
}

func (r *reader) request(f []string) Request {
	q := Request{
		ID: f[1], Tier: int(r.number(f[2])), Running: f[3] == "true", Weight: r.number(f[4]), Cap: r.number(f[5]),
		Minimum: r.number(f[6]), WaitingSince: f[7],
	}
	if f[8] != "" {
		q.Funds = strings.Split(f[8], ",")
	}
	return q
}
