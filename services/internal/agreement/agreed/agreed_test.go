package agreed_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/agreed"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/versions"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
)

var today = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// kept is a ledger of decisions in their order.
type kept struct {
	mu        sync.Mutex
	decisions []*ledgerv1.DecisionDraft
	away      error
}

func (k *kept) Record(_ context.Context, req *ledgerv1.RecordRequest, _ ...grpc.CallOption) (*ledgerv1.RecordResponse, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	d := req.GetDecisions()[0]
	for _, known := range k.decisions {
		if known.GetReference() == d.GetReference() {
			return nil, fault.New(fault.AlreadyExists, fault.ReasonReferenceConflict, "The reference is booked with other content.")
		}
	}
	k.decisions = append(k.decisions, d)
	return &ledgerv1.RecordResponse{Decisions: []*ledgerv1.Decision{{Sequence: int64(len(k.decisions))}}}, k.away
}

func (k *kept) CheckLeaves(_ context.Context, req *ledgerv1.CheckLeavesRequest, _ ...grpc.CallOption) (*ledgerv1.CheckLeavesResponse, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	q, found := req.GetLeaves()[0], &ledgerv1.CheckedLeaf{State: ledgerv1.LeafState_LEAF_STATE_MISSING}
	for i, d := range k.decisions {
		if d.GetReference() == q.GetReference() && bytes.Equal(d.GetCommitment(), q.GetCommitment()) {
			found = &ledgerv1.CheckedLeaf{State: ledgerv1.LeafState_LEAF_STATE_RECORDED, Kind: d.GetKind(), Sequence: int64(i + 1)}
		}
	}
	return &ledgerv1.CheckLeavesResponse{Leaves: []*ledgerv1.CheckedLeaf{found}}, k.away
}

// policy is one that says a number.
type policy struct{ Cap int }

// desk is a Store with what it stands on.
type desk struct {
	t       *testing.T
	db      *postgres.DB
	ledger  *kept
	log     *bytes.Buffer
	now     time.Time
	options agreed.Options
	*agreed.Store
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, db: postgrestest.New(t, postgres.Migrations{idempotency.Tables(), versions.Tables()}), ledger: &kept{}, log: &bytes.Buffer{}, now: today}
	d.options = agreed.Options{
		DB: d.db, Ledger: d.ledger, Log: slog.New(slog.NewTextHandler(d.log, nil)), Now: func() time.Time { return d.now },
		Leaves: func(v agreement.Version) (proposed, confirmed *ledgerv1.DecisionDraft, err error) {
			proposed, confirmed = posting.PolicySteps(posting.PolicyVersion{
				Name: "policies/" + v.Kind + "/versions/" + v.ID(), Commitment: v.Commitment(), Content: posting.Policy("2026-11-26"),
			})
			return proposed, confirmed, nil
		},
	}
	d.Store = agreed.New(d.options)
	return d
}

func (d *desk) proposed(limit int) agreement.Version {
	d.t.Helper()
	v, err := d.Propose(d.t.Context(), agreed.Proposal{Kind: "caps", Person: "staff/a", EffectiveOn: agreement.Earliest(d.now, 0), Policy: policy{limit}})
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

func (d *desk) confirm(v agreement.Version) error {
	_, err := d.Confirm(d.t.Context(), agreed.Confirmation{
		Kind: v.Kind, Number: v.Number, Person: "staff/b",
		May: func(v agreement.Version) error {
			return v.May(agreement.Confirm, "staff/b", agreement.Earliest(d.now, 0))
		},
	})
	return err
}

// counts is what counts for a store.
func (d *desk) counts(s *agreed.Store) (int, error) {
	p := policy{Cap: 100}
	err := s.Counts(d.t.Context(), "caps", &p)
	return p.Cap, err
}

func (d *desk) is(what string, want int) {
	d.t.Helper()
	if got, err := d.counts(d.Store); got != want || err != nil {
		d.t.Errorf("%s %d counts: %v, want %d", what, got, err, want)
	}
}

// TestTheLastConfirmedCountsFromItsDayOn follows two versions.
func TestTheLastConfirmedCountsFromItsDayOn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.is("before the first version", 100)
	first, second := d.proposed(1), d.proposed(2)
	d.is("proposed", 100)
	for _, v := range []agreement.Version{second, first} {
		if err := d.confirm(v); err != nil {
			t.Fatal(err)
		}
	}
	d.is("before its day", 100)
	d.now = d.now.AddDate(0, 0, 1)
	d.is("the one confirmed last,", 1)
	v, err := d.Get(t.Context(), "caps", 1)
	if err != nil || !v.InForce || v.ConfirmedBy != "staff/b" || v.ProposedBy != "staff/a" {
		t.Errorf("%+v: %v", v, err)
	}
	// once seen, its leaf is not asked for again
	d.ledger.away = errors.New("the ledger does not answer")
	d.is("with the ledger away,", 1)
}

// A leaf whose answer was lost keeps its number; the next proposal goes past it.
func TestANumberThatTheLogHasIsLeftOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ledger.away = errors.New("the answer is lost")
	if _, err := d.Propose(t.Context(), agreed.Proposal{Kind: "caps", Person: "staff/a", EffectiveOn: today, Policy: policy{9}}); err == nil {
		t.Fatal("a lost answer was taken for one")
	}
	d.ledger.away = nil
	if v := d.proposed(1); v.Number != 2 {
		t.Errorf("version %d", v.Number)
	}
}

// What the rows say against the log is refused, with an alarm, and was in force without
// that check.
func TestARowThatNobodyAgreedOnCountsForNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		statement string
		counts    int
	}{
		"made by hand": {`INSERT INTO policy_versions (kind, version, state, content, effective_on, proposed_by, proposed_sequence, created_at, confirmed_by, confirmed_sequence, confirmed_at)
			VALUES ('caps', 9, 'CONFIRMED', '{"Cap":99}', '2020-01-01', 'staff/x', 1, '2020-01-01', 'staff/y', 1000, '2020-01-01')`, 99},
		"only proposed":         {`UPDATE policy_versions SET state = 'CONFIRMED', confirmed_by = 'staff/b', confirmed_sequence = 1000, confirmed_at = now() WHERE version = 3`, 3},
		"an older one, revived": {`UPDATE policy_versions SET confirmed_sequence = 1000 WHERE version = 1`, 1},
	} {
		d := newDesk(t)
		for _, v := range []agreement.Version{d.proposed(1), d.proposed(2)} {
			if err := d.confirm(v); err != nil {
				t.Fatal(err)
			}
		}
		d.proposed(3)
		d.now = d.now.AddDate(0, 0, 1)
		d.is(name+", before:", 2)
		if _, err := d.db.Pool.Exec(t.Context(), c.statement); err != nil {
			t.Fatal(err)
		}
		if got, err := d.counts(d.Store); !fault.Is(err, fault.ReasonRowWithoutLeaf) || !strings.Contains(d.log.String(), "alarm=true") {
			t.Errorf("%s: %d counts, %v; the log says %q", name, got, err, d.log)
		}
		if got, err := d.counts(agreed.NewTrusting(d.options)); got != c.counts || err != nil {
			t.Errorf("%s: without the check %d counts, %v", name, got, err)
		}
	}
}

// What a version says is never changed, by nobody with the rights of a service.
func TestAServiceCannotChangeWhatAVersionSays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.proposed(1)
	for _, statement := range []string{
		`UPDATE policy_versions SET content = '{"Cap":9}'`, `UPDATE policy_versions SET effective_on = '2020-01-01'`, `DELETE FROM policy_versions`,
	} {
		if _, err := d.db.Pool.Exec(t.Context(), statement); err == nil {
			t.Errorf("%s was carried out", statement)
		}
	}
}

func TestOnlyANumberNamesAVersion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"1": 1, "17": 17, "01": 0, "x": 0, "": 0, "99999999999": 0} {
		if got, err := agreed.Number(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	if got, err := agreed.Day("on", "", today); !got.Equal(today) || err != nil {
		t.Errorf("no day: %v, %v", got, err)
	}
	if _, err := agreed.Day("on", "24.11.2026", today); fault.As(err) == nil {
		t.Errorf("another spelling: %v", err)
	}
}
