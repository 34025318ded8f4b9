package config_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/config"
)

func TestDevelopmentStaysOnTheLoopback(t *testing.T) {
	t.Parallel()
	const here = "http://127.0.0.1:4000"
	tests := []struct {
		name   string
		common config.Common
		taken  bool
	}{
		{"an inherited socket", config.Common{Development: true, OIDCIssuer: here, Listen: "fd:3"}, true},
		{"the loopback", config.Common{Development: true, OIDCIssuer: "http://localhost:4000", Listen: "[::1]:0"}, true},
		{"a real issuer", config.Common{Development: true, OIDCIssuer: "https://issuer.example", Listen: "fd:3"}, false},
		{"a real issuer without TLS", config.Common{Development: true, OIDCIssuer: "http://issuer.example", Listen: "fd:3"}, false},
		{"every address", config.Common{Development: true, OIDCIssuer: here, Listen: "0.0.0.0:9000"}, false},
		{"no host", config.Common{Development: true, OIDCIssuer: here, Listen: ":9000"}, false},
		{"production", config.Common{OIDCIssuer: "https://issuer.example", Listen: "0.0.0.0:9000"}, true},
	}
	for _, test := range tests {
		if err := test.common.Check(); (err == nil) != test.taken {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
