// Command protoc-gen-apidoc is the plugin of buf that writes the OpenAPI
// description of the REST interface. `make generate` runs it on all protos at
// once.
package main

import (
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/solidarity-fund/solidarity/services/gateway/internal/apidoc"
)

func main() {
	protogen.Options{}.Run(func(plugin *protogen.Plugin) error {
		plugin.SupportedFeatures = uint64(pluginpb.CodeGeneratorResponse_FEATURE_PROTO3_OPTIONAL)
		description, err := apidoc.Describe(plugin.Files)
		if err != nil {
			return err
		}
		_, err = plugin.NewGeneratedFile("openapi.yaml", "").Write(description)
		return err
	})
}
