package main

import (
	"strings"
	"testing"
)

func TestASandboxLetsHappenWhatIsNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ event, pledge, says string }{
		{"decline", "pledges/pg_1", ""},
		{"3ds", "pledges/pg_1", ""},
		{"refund", "pledges/pg_1", ""},
		{"dispute", "pledges/pg_1", ""},
		{"failed-renewal", "pledges/pg_1", ""},
		{"webhook-loss", "", ""},
		{"lightning", "pledges/pg_1", "give 3ds, 3ds-failed, decline"},
		{"refund", "", "name it"},
		{"refund", "pg_1", "name it"},
		{"refund", "pledges/", "name it"},
	} {
		all, err := (&sandboxTrigger{Event: c.event, Pledge: c.pledge}).triggers()
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: %v", c.event, c.pledge, err)
		}
		for _, one := range all {
			if want := strings.TrimPrefix(c.pledge, "pledges/"); one.Object != want || one.Kind == "" {
				t.Errorf("%s: %+v", c.event, one)
			}
		}
	}
}
