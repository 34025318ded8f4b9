package register_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// plan is a node of a plan, as EXPLAIN (FORMAT JSON) names its parts.
type plan struct {
	Node         string `json:"Node Type"`
	Relationship string `json:"Parent Relationship"`
	Relation     string `json:"Relation Name"`
	Cond         string `json:"Index Cond"`
	Filter       string
	Strategy     string // of an aggregate; a plain one makes one row
	Plans        []plan
}

// byRow are the conditions that find one row, or few, by an index.
var byRow = regexp.MustCompile(`\b(list_digest|source_digest|row_key|prisoner_id|name_digest|dates_digest) = `)

// repeated collects what is gone through once for each row of something else and is
// not found by an index there. A nested loop and a subplan repeat; what is hashed or
// materialised below one is still gone through.
func (p plan) repeated(loop bool) (found []string) {
	scan := p.Relation != "" && strings.HasSuffix(p.Node, "Scan") || p.Node == "CTE Scan"
	if loop && scan && !byRow.MatchString(p.Cond) {
		found = append(found, fmt.Sprintf("%s of %s by %s", p.Node, p.Relation, p.Cond))
	}
	for _, child := range p.Plans {
		again := p.Node == "Nested Loop" && child.Relationship == "Inner" && !p.Plans[0].one() || child.Relationship == "SubPlan"
		found = append(found, child.repeated(loop || again)...)
	}
	return found
}

// one reports whether a part has one row at most: that of the import.
func (p plan) one() bool {
	return p.Strategy == "Plain" || p.Relation == "prisoner_imports" && strings.Contains(p.Cond+p.Filter, "import_id =")
}

// planner explains every statement before it is run, with its parameters and under
// the settings of its transaction.
type planner struct {
	// free lets the planner choose whatever it likes.
	free     bool
	t        testing.TB
	asked    int
	repeated []string
}

type explaining struct{}

// TraceQueryStart explains one statement.
func (p *planner) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	word, _, _ := strings.Cut(strings.TrimSpace(data.SQL), " ")
	if ctx.Value(explaining{}) != nil || !strings.Contains("WITH SELECT INSERT UPDATE DELETE", word) {
		return ctx
	}
	quiet := context.WithValue(ctx, explaining{}, true)
	if p.free {
		var was string
		if err := conn.QueryRow(quiet, `SELECT current_setting('enable_nestloop')`).Scan(&was); err != nil {
			p.t.Error(err)
		}
		defer p.set(quiet, conn, was)
		p.set(quiet, conn, "on")
	}
	var text []byte
	if err := conn.QueryRow(quiet, `EXPLAIN (FORMAT JSON) `+data.SQL, data.Args...).Scan(&text); err != nil {
		p.t.Errorf("explain %s: %v", data.SQL, err)
		return ctx
	}
	var plans []struct{ Plan plan }
	if err := json.Unmarshal(text, &plans); err != nil {
		p.t.Errorf("read plan: %v", err)
	}
	p.asked++
	for _, one := range plans {
		for _, r := range one.Plan.repeated(false) {
			p.repeated = append(p.repeated, r+" in "+strings.Join(strings.Fields(data.SQL), " "))
		}
	}
	return ctx
}

func (p *planner) set(ctx context.Context, conn *pgx.Conn, loops string) {
	if _, err := conn.Exec(ctx, `SET LOCAL enable_nestloop = `+loops); err != nil {
		p.t.Error(err)
	}
}

// TraceQueryEnd does nothing.
func (p *planner) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// planned is a desk whose statements are explained.
func planned(t *testing.T, db *postgres.DB, free bool) (*desk, *planner) {
	t.Helper()
	p := &planner{t: t, free: free}
	config := db.Pool.Config()
	config.ConnConfig.Tracer = p
	config.MaxConns = 1 // the planner is not for several at once
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	d := newDeskOn(t, &postgres.DB{Pool: pool, Bulk: db.Bulk})
	return d, p
}

// Once the tables are analysed the planner believes that a file just arrived has no
// rows. Then each row must not be compared with all of them: 5,000 rows took a minute.
func TestAFileIsComparedRowByRowAlsoAfterTheTablesWereAnalysed(t *testing.T) {
	t.Parallel()
	for name, free := range map[string]bool{"as it is": false, "were the planner let choose": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const n = 400
			// Given a list that was merged and tables that were analysed,
			db := postgrestest.New(t, store.Migrations())
			d, p := planned(t, db, free)
			rows := make([]prisonerimport.Row, n)
			for i := range rows {
				rows[i] = known(i + 1)
			}
			d.merged(rows...)
			if _, err := postgrestest.Owner(t, db).Pool.Exec(t.Context(), `ANALYZE`); err != nil {
				t.Fatal(err)
			}
			// when the list arrives again,
			p.asked, p.repeated = 0, nil
			i := d.merged(rows...)
			// then nothing is gone through once a row.
			if i.Counts.Unchanged != n || i.Counts.Merged != n || p.asked < 10 {
				t.Errorf("%d statements, %+v", p.asked, i.Counts)
			}
			if (len(p.repeated) > 0) != free {
				t.Errorf("gone through for each row:\n%s", strings.Join(p.repeated, "\n"))
			}
		})
	}
}
