package rowmac_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// heads are kept in memory; err is what they answer instead.
type heads struct {
	of  map[string]int64
	err error
}

func (h *heads) Raise(_ context.Context, rows [][]byte, versions []int64) ([]int64, error) {
	highest := make([]int64, len(rows))
	for i, r := range rows {
		h.of[string(r)] = max(h.of[string(r)], versions[i])
		highest[i] = h.of[string(r)]
	}
	return highest, h.err
}

func TestARowOfWhichALaterVersionWasSeenIsRefusedAndNamed(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	plain := rowmac.New([]byte("secret"), slog.New(slog.NewTextHandler(&log, nil)))
	kept := &heads{of: map[string]int64{}}
	k := plain.Over(kept)
	old, now := row(1, "pt_1", "https://a.example"), row(2, "pt_1", "https://b.example")
	// What is seen the first time is taken, and so is a later version, also beside others;
	for _, seen := range [][]*rowmac.Row{{old}, {old}, {now, row(1, "pt_2")}, {now}, {row(1, "pt_2")}, {rowmac.NewRow("keys", "pt_1", 1)}} {
		if err := k.Latest(t.Context(), seen...); err != nil || log.Len() > 0 {
			t.Fatalf("%v: %v, log %s", seen, err, &log)
		}
	}
	// the version before is not, wherever it stands among others,
	for _, rows := range [][]*rowmac.Row{{old}, {row(1, "pt_2"), old}, {old, row(1, "pt_2")}} {
		log.Reset()
		if err := k.Latest(t.Context(), rows...); !fault.Is(err, rowmac.Changed) {
			t.Errorf("an older row: %v", err)
		}
		if line := log.String(); !strings.Contains(line, "alarm=true") || !strings.Contains(line, "table=partners row=pt_1") {
			t.Errorf("log %s", line)
		}
	}
	// though its MAC is right, and a key without heads takes it.
	if err := errors.Join(k.Check(t.Context(), old, k.Sign(old)), plain.Latest(t.Context(), old)); err != nil {
		t.Errorf("without the protection: %v", err)
	}
	if n, err := k.Seen(t.Context(), row(0, "pt_1")); err != nil || n != 2 {
		t.Errorf("seen %d, %v", n, err)
	}
	// Whoever cannot ask knows nothing.
	kept.err = errors.New("silent")
	if err := k.Latest(t.Context(), now); err == nil || fault.Is(err, rowmac.Changed) {
		t.Errorf("without an answer: %v", err)
	}
}

func TestARowThatIsGoneIsNamed(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	err := rowmac.New([]byte("secret"), slog.New(slog.NewTextHandler(&log, nil))).Gone(t.Context(), "rails", "sepa")
	if !fault.Is(err, rowmac.Changed) || !strings.Contains(log.String(), "table=rails row=sepa alarm=true") {
		t.Errorf("%v, log %s", err, &log)
	}
}
