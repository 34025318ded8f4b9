package idempotency_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

var things = postgrestest.Tables("CREATE TABLE things (name text NOT NULL);", idempotency.Tables())

// secret is the service's.
var secret = idempotency.Secret("secret of the records")

func request(minor int64) proto.Message {
	return &typev1.Money{MinorUnits: minor, CurrencyCode: "EUR"}
}

func call(key string, req proto.Message) *idempotency.Call {
	return secret.NewCall("staff/s_1", "/solidarity.test.v1.Things/Create", key, true, time.Now(), req)
}

// create makes a thing with a new name each time it runs.
func create(ctx context.Context, db *postgres.DB, name string) (string, error) {
	return idempotency.Once(ctx, db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		_, err := tx.Exec(ctx, `INSERT INTO things (name) VALUES ($1)`, name)
		return name, err
	})
}

func countThings(t *testing.T, db *postgres.DB) int {
	t.Helper()
	var n int
	if err := db.Pool.QueryRow(context.Background(), `SELECT count(*) FROM things`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestManyCopiesOfACallHaveOneEffect(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, things)
	const copies = 64

	// When 64 copies of one call arrive at once, each of which would make another thing,
	var wg sync.WaitGroup
	names, replayed := make([]string, copies), make([]bool, copies)
	for i := range copies {
		wg.Go(func() {
			c := call("key", request(5000))
			name, err := create(idempotency.Into(context.Background(), c), db, fmt.Sprintf("things/%d", i))
			if err != nil {
				t.Errorf("copy %d: %v", i, err)
			}
			names[i], replayed[i] = name, c.Replayed
		})
	}
	wg.Wait()

	// then there is one thing, all got its name, and all but one know that they are replays.
	if n := countThings(t, db); n != 1 {
		t.Errorf("things made: %d, want 1", n)
	}
	first := 0
	for i := range copies {
		if names[i] != names[0] {
			t.Errorf("copy %d got %q, copy 0 %q", i, names[i], names[0])
		}
		if !replayed[i] {
			first++
		}
	}
	if first != 1 {
		t.Errorf("calls that were not replays: %d, want 1", first)
	}
}

func TestAKeyIsBoundToRequestCallerAndMethod(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, things)
	if _, err := create(idempotency.Into(context.Background(), call("key", request(5000))), db, "things/1"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		call   *idempotency.Call
		reason fault.Reason // empty: it is a call of its own
	}{
		{"same request", call("key", request(5000)), ""},
		{"other amount", call("key", request(5001)), idempotency.KeyReused},
		{"other caller", secret.NewCall("staff/s_2", "/solidarity.test.v1.Things/Create", "key", true, time.Now(), request(5001)), ""},
		{"other method", secret.NewCall("staff/s_1", "/solidarity.test.v1.Things/Delete", "key", true, time.Now(), request(5001)), ""},
		{"other key", call("yek", request(5001)), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := create(idempotency.Into(context.Background(), test.call), db, "things/2")
			if test.reason != "" && !fault.Is(err, test.reason) || test.reason == "" && err != nil {
				t.Errorf("answer: %v, want reason %q", err, test.reason)
			}
		})
	}
}

func TestTheRequestIDIsNotPartOfTheRequest(t *testing.T) {
	t.Parallel()
	// The header's key becomes the request id, so two copies may differ in it.
	db := postgrestest.New(t, things)
	for _, id := range []string{"one", "two"} {
		if _, err := create(idempotency.Into(context.Background(), call("key", withRequestID(t, id))), db, "things/"+id); err != nil {
			t.Fatalf("copy with request id %q: %v", id, err)
		}
	}
	if n := countThings(t, db); n != 1 {
		t.Errorf("things made: %d, want 1", n)
	}
}

func TestAFailedEffectLeavesTheKeyFree(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, things)
	c := call("key", request(5000))
	ctx := idempotency.Into(context.Background(), c)
	_, err := idempotency.Once(ctx, db, func(context.Context, pgx.Tx) (string, error) {
		return "", fault.New(fault.Precondition, "FUND_CLOSED", "The fund is closed.")
	})
	if !fault.Is(err, "FUND_CLOSED") {
		t.Fatalf("first try: %v, want the effect's fault", err)
	}
	if name, err := create(ctx, db, "things/1"); err != nil || name != "things/1" || c.Replayed {
		t.Errorf("second try: %q, %v, replayed %v; want a first effect", name, err, c.Replayed)
	}
}

func TestACallMayHaveOnlyOneEffect(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, things)
	ctx := idempotency.Into(context.Background(), call("key", request(5000)))
	if _, err := create(ctx, db, "things/1"); err != nil {
		t.Fatal(err)
	}
	// A second Once would silently be answered by the first one's record.
	if _, err := create(ctx, db, "things/2"); err == nil || !strings.Contains(err.Error(), "called twice") {
		t.Errorf("second effect of one call: %v, want a refusal", err)
	}
}

func TestACopyOfARunningCallIsAskedToComeBack(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, things)
	ctx := context.Background()

	// Given a first call that hangs in its effect,
	running, finish := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := idempotency.Once(idempotency.Into(ctx, call("key", request(1))), db, func(context.Context, pgx.Tx) (string, error) {
			close(running)
			<-finish
			return "things/1", nil
		})
		if err != nil {
			t.Errorf("first call: %v", err)
		}
	})
	<-running
	// when a copy does not want to wait long,
	short := shortLocks(t, db)
	_, err := create(idempotency.Into(ctx, call("key", request(1))), short, "things/2")
	// then it is told to try again in a second.
	f := fault.As(err)
	if f == nil || f.Kind != fault.Aborted || f.RetryAfter != time.Second {
		t.Errorf("copy: %v, want Aborted with a hint", err)
	}
	close(finish)
	wg.Wait()
}

func TestAnEarlierCallIsFoundByItsKeyAlone(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, things)
	look := func(c *idempotency.Call) (string, bool, error) {
		return idempotency.Earlier(idempotency.Into(t.Context(), c), db)
	}
	// given a call that is the first with its key: nothing is found, and nothing is
	// claimed by having looked,
	first := call("key", request(5000))
	if id, found, err := look(first); id != "" || found || err != nil || first.Replayed {
		t.Fatalf("first call: %q, %v, %v", id, found, err)
	}
	if _, err := create(idempotency.Into(t.Context(), first), db, "t_1"); err != nil {
		t.Fatal(err)
	}
	// when it is repeated,
	repeat := call("key", request(5000))
	// then what it answered is found, but not for another request or without a key.
	if id, found, err := look(repeat); id != "t_1" || !found || err != nil || !repeat.Replayed {
		t.Errorf("repeat: %q, %v, %v", id, found, err)
	}
	if _, found, err := look(call("key", request(5001))); found || !fault.Is(err, idempotency.KeyReused) {
		t.Errorf("another request: %v, %v", found, err)
	}
	if _, found, err := idempotency.Earlier(t.Context(), db); found || err != nil {
		t.Errorf("without a key: %v, %v", found, err)
	}
}

func TestWithoutAKeyItIsAPlainTransaction(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, things)
	for range 2 {
		if _, err := create(context.Background(), db, "things/1"); err != nil {
			t.Fatal(err)
		}
	}
	if n := countThings(t, db); n != 2 {
		t.Errorf("things made: %d, want 2", n)
	}
}

func TestNothingOfKeyOrRequestIsStored(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, things)
	const mark = "MARKED-9F2C"
	c := call(mark+"-key", &typev1.Money{MinorUnits: 1, CurrencyCode: mark})
	if _, err := create(idempotency.Into(context.Background(), c), db, "things/1"); err != nil {
		t.Fatal(err)
	}
	var row string
	err := db.Pool.QueryRow(context.Background(), `SELECT row_to_json(k)::text || encode(key_hash || digest, 'escape') FROM idempotency_keys k`).Scan(&row)
	if err != nil || strings.Contains(row, mark) {
		t.Errorf("stored record holds the mark, or %v: %s", err, row)
	}
}

// A dump of the records beside a list of guessed keys and requests must confirm
// none: an idempotency key may be an order's number, a request little but an amount.
func TestADumpConfirmsNoGuessWithoutTheServicesSecret(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		service idempotency.Secret
		found   bool
	}{
		"with the secret":                {secret, false},
		"without, as protection was off": {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := postgrestest.New(t, things)
			// given a record of a call,
			made := func(s idempotency.Secret) *idempotency.Call {
				return s.NewCall("partners/p_1/SECRET", "/Pledge", "order-1001", false, time.Now(), request(2500))
			}
			if _, err := create(idempotency.Into(t.Context(), made(c.service)), db, "things/1"); err != nil {
				t.Fatal(err)
			}
			// when somebody who has the table, but not the secret, guesses all of it,
			keyHash, digest := idempotency.Stored(made(nil))
			var keys, digests int
			if err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE key_hash = $1), count(*) FILTER (WHERE digest = $2)
				FROM idempotency_keys`, keyHash, digest).Scan(&keys, &digests); err != nil {
				t.Fatal(err)
			}
			// then the table does not say that they are right.
			if (keys > 0) != c.found || (digests > 0) != c.found {
				t.Errorf("key found: %d, request found: %d", keys, digests)
			}
		})
	}
}

func shortLocks(t *testing.T, db *postgres.DB) *postgres.DB {
	t.Helper()
	url := db.Pool.Config().ConnString() + "&lock_timeout=100ms"
	short, err := postgres.Open(context.Background(), url)
	if err != nil {
		t.Fatal(errors.Join(errors.New("open second pool"), err))
	}
	t.Cleanup(short.Close)
	return short
}
