package rowmac

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Heads keep, where whoever writes to the rows cannot reach, the highest version of each
// row that was seen.
type Heads interface {
	// Raise notes versions of rows, all different, by their digests, and returns the
	// highest that was ever noted of each.
	Raise(ctx context.Context, rows [][]byte, versions []int64) (highest []int64, err error)
}

// headTime bounds one question for heads: rows may be locked meanwhile.
const headTime = 5 * time.Second

// Over returns the key with heads: then Latest recognises a whole older row that somebody
// has put back with its MAC.
func (k *Key) Over(heads Heads) *Key {
	over := *k
	over.heads = heads
	return &over
}

// Latest refuses rows of which a later version was seen: fault Precondition, ROW_CHANGED,
// and an alarm, as Check. It notes that these were seen. It is called with rows that
// Check has taken and that are locked, before they decide: of one that is not locked a
// later version may come between reading and asking, see Older.
func (k *Key) Latest(ctx context.Context, rows ...*Row) error {
	older, err := k.Older(ctx, rows...)
	if err != nil || older == nil {
		return err
	}
	return k.changed(ctx, older, "an older row was put back by another hand")
}

// Older is Latest without an alarm: it returns one of the rows of which a later version
// was seen, nil where there is none. Whoever reads without a lock reads again then.
func (k *Key) Older(ctx context.Context, rows ...*Row) (*Row, error) {
	if k.heads == nil {
		return nil, nil
	}
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b *Row) int { return bytes.Compare(k.head(a), k.head(b)) })
	digests, versions := make([][]byte, len(rows)), make([]int64, len(rows))
	for i, r := range rows {
		digests[i], versions[i] = k.head(r), r.version
	}
	ctx, cancel := context.WithTimeout(ctx, headTime)
	defer cancel()
	highest, err := k.heads.Raise(ctx, digests, versions)
	if err != nil {
		return nil, fmt.Errorf("ask for the latest version of a row: %w", err)
	}
	for i, r := range rows {
		if highest[i] > r.version {
			return r, nil
		}
	}
	return nil, nil
}

// Seen is the highest version that was seen of a row, at least its own. It is called
// after each commit that has changed a row: between that commit and this call the version
// before would still be taken.
func (k *Key) Seen(ctx context.Context, r *Row) (int64, error) {
	if k.heads == nil {
		return r.version, nil
	}
	ctx, cancel := context.WithTimeout(ctx, headTime)
	defer cancel()
	highest, err := k.heads.Raise(ctx, [][]byte{k.head(r)}, []int64{r.version})
	if err != nil {
		return 0, fmt.Errorf("ask for the latest version of a row: %w", err)
	}
	return highest[0], nil
}

// Gone returns the fault for a row that must be there and is not: Precondition,
// ROW_CHANGED. The log is told which it is, in an alarm.
func (k *Key) Gone(ctx context.Context, table, id string) error {
	return k.changed(ctx, &Row{table: table, id: id}, "a row was deleted by another hand")
}

// head is the digest of a row by which its head is kept.
func (k *Key) head(r *Row) []byte { return k.Sign(NewRow("head of "+r.table, r.id, 1)) }

func (k *Key) changed(ctx context.Context, r *Row, what string) error {
	k.log.ErrorContext(ctx, what, "table", r.table, "row", r.id, "alarm", true)
	return fault.New(fault.Precondition, Changed, "What is stored of this is not what the service wrote. Nothing is done with it; the operator has been told.")
}
