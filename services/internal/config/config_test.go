package config_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/config"
)

func TestDevelopmentStaysOnTheLoopback(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		common config.Common
		taken  bool
	}{
		{"an inherited socket", config.Common{Development: true, Listen: "fd:3"}, true},
		{"the loopback", config.Common{Development: true, Listen: "[::1]:0"}, true},
		{"localhost", config.Common{Development: true, Listen: "localhost:9000"}, true},
		{"every address", config.Common{Development: true, Listen: "0.0.0.0:9000"}, false},
		{"another address", config.Common{Development: true, Listen: "10.0.0.1:9000"}, false},
		{"no host", config.Common{Development: true, Listen: ":9000"}, false},
		{"no address", config.Common{Development: true}, false},
		{"production", config.Common{Listen: "0.0.0.0:9000"}, true},
		{"production with its delays", config.Common{Listen: "0.0.0.0:9000", Delays: "production"}, true},
		{"production without delays", config.Common{Listen: "0.0.0.0:9000", Delays: "none"}, false},
		{"development with delays", config.Common{Development: true, Delays: "production", Listen: "fd:3"}, true},
	}
	for _, test := range tests {
		if err := test.common.Check(); (err == nil) != test.taken {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
