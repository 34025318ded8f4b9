package server_test

import (
	"strings"
	"testing"
	"time"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// attacks are what somebody can do who has the database's password and a colleague's
// token (eva's, a caseworker), in SQL. Each would make eva an officer.
func attacks() map[string]func(b *bench, eva string) {
	insert := `
		INSERT INTO role_grants (id, staff_id, role, state, proposer, from_day, until_day, rests_until, proposed_sequence, created_at)
		SELECT $1, $2, 'PROTECTION_OFFICER', 'CONFIRMED', g.staff_id, g.from_day, g.until_day, g.rests_until, g.founded_sequence, g.created_at
		FROM role_grants g WHERE g.founded_sequence IS NOT NULL LIMIT 1`
	return map[string]func(b *bench, eva string){
		"a role inserted": func(b *bench, eva string) { b.exec(insert, resource.NewID(resource.KindGrant), eva) },
		"a role changed": func(b *bench, eva string) {
			b.exec(`UPDATE role_grants SET role = 'PROTECTION_OFFICER' WHERE staff_id = $1`, eva)
		},
		"an officer's grant moved": func(b *bench, eva string) {
			b.exec(`UPDATE role_grants SET staff_id = $1 WHERE id = (SELECT id FROM role_grants WHERE founded_sequence IS NOT NULL LIMIT 1)`, eva)
		},
		"an officer's identity exchanged": func(b *bench, eva string) {
			var identity []byte
			if err := b.db.Pool.QueryRow(b.t.Context(), `SELECT identity FROM staff WHERE id = $1`, eva).Scan(&identity); err != nil {
				b.t.Fatal(err)
			}
			b.exec(`UPDATE staff SET identity = sha256(identity) WHERE id = $1`, eva)
			b.exec(`UPDATE staff SET identity = $1 WHERE id =
				(SELECT staff_id FROM role_grants WHERE founded_sequence IS NOT NULL LIMIT 1)`, identity)
		},
	}
}

func TestARowThatNobodyDecidedIsNamedAndGivesNothing(t *testing.T) {
	t.Parallel()
	for name, attack := range attacks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, eva := robbed(t)
			ira := b.enrol("ira")
			attack(b, eva)
			if got := b.roles("eva"); officerAmong(got) {
				t.Errorf("eva is %v", got)
			}
			if log := b.log.String(); !strings.Contains(log, "ROW_CHANGED") || !strings.Contains(log, "alarm=true") {
				t.Errorf("no alarm: %s", log)
			}
			// Where a row hides an officer, eva proposes as any colleague; one officer
			// alone does not confirm it.
			g, err := b.propose("eva", ira, treasurer)
			for _, by := range []string{olga, oleg} {
				if err == nil {
					_, _ = b.confirm(by, g.GetName(), "ira")
				}
			}
			if got := b.roles("ira"); len(got) > 0 {
				t.Errorf("ira is %v", got)
			}
		})
	}
}

func TestWithItsProtectionOffSuchARowGivesTheRole(t *testing.T) {
	t.Parallel()
	for name, attack := range attacks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, eva := robbed(t)
			b.server.TrustRows()
			attack(b, eva)
			if got := b.roles("eva"); !officerAmong(got) {
				t.Errorf("eva is %v", got)
			}
		})
	}
}

// robbed is a bench whose database somebody can write, and eva's ID.
func robbed(t *testing.T) (*bench, string) {
	t.Helper()
	b := founded(t)
	eva := strings.TrimPrefix(b.grant("eva", caseworker), "staff/")
	b.roles("eva")
	b.now.advance(time.Minute)
	return b, eva
}

func officerAmong(roles []policyv1.Role) bool {
	for _, r := range roles {
		if r == officer {
			return true
		}
	}
	return false
}
