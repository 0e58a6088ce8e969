package codefreshtest

import (
	"fmt"
	"strings"
)

// openAPI describes the endpoints that there are, for clients that make their
// methods from such a document.
func (s *Server) openAPI(q *request) answer {
	paths := map[string]map[string]any{}
	for _, r := range routes() {
		var path strings.Builder
		var parameters []any
		n := 0
		for element := range strings.SplitSeq(r.pattern, " ") {
			path.WriteByte('/')
			if element != "*" {
				path.WriteString(element)
				continue
			}
			n++
			name := fmt.Sprintf("p%d", n)
			path.WriteString("{" + name + "}")
			parameters = append(parameters, map[string]any{"name": name, "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
		}
		operation := map[string]any{
			"operationId": strings.ToLower(r.method) + "-" + strings.NewReplacer(" ", "-", "*", "by").Replace(r.pattern),
			"responses":   map[string]any{"200": map[string]any{"description": "OK"}},
		}
		if parameters != nil {
			operation["parameters"] = parameters
		}
		if paths[path.String()] == nil {
			paths[path.String()] = map[string]any{}
		}
		paths[path.String()][strings.ToLower(r.method)] = operation
	}
	return ok(map[string]any{
		"openapi": "3.0.0", "info": map[string]any{"title": "Codefresh in memory", "version": "1"},
		"servers": []any{map[string]any{"url": base(q) + "/api"}}, "paths": paths,
		"components": map[string]any{"securitySchemes": map[string]any{"key": map[string]any{"type": "apiKey", "in": "header", "name": "Authorization"}}},
	})
}
