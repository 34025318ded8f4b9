package ledger_test

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/ledger"
)

func TestOnlyDevelopmentGoesWithoutANameOfTheLogsOwn(t *testing.T) {
	t.Parallel()
	const preset = "solidarity.invalid/ledger/main"
	production, development := config.Common{Listen: "0.0.0.0:9000"}, config.Common{Listen: "127.0.0.1:0", Development: true}
	for _, test := range []struct {
		common config.Common
		origin string
		want   string
	}{
		{production, preset, "--log-origin"},
		{production, "fund.example.org/ledger/main", ""},
		{development, preset, ""},
		{config.Common{Listen: "0.0.0.0:9000", Development: true}, "fund.example.org/ledger/main", "--listen"},
	} {
		err := ledger.Config{Service: config.Service{Common: test.common}, LogOrigin: test.origin, CheckpointDays: 1}.Check()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v with %s: %v, want %q", test.common, test.origin, err, test.want)
		}
	}
}
