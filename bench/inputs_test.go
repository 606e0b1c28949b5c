package bench

import "strings"

// inputFamilies make values expensive, in the document and among the variables.
func inputFamilies() []family {
	const role = "mutation($v:CreateRoleInput!){createRole(input:$v){role{id}}}"
	return []family{
		{"variables", 4, func(g genes) string {
			n := 1 + g.upTo(0, 400)
			return query("query(" + times(n, "$v%:ID") + times(g.upTo(3, 100), "$w:ID") + "){" +
				times(1+g.upTo(1, 300), "user(id:$v0){id}") + times(g.upTo(2, 300), "user(id:$x%){id}") + "}")
		}},
		{"deep values", 4, func(g genes) string {
			n := 1 + g.upTo(0, 900)
			inner := strings.Repeat("[", n) + "\"" + strings.Repeat("x", g.upTo(1, 60000)) + "\"" + strings.Repeat("]", n)
			if g[3] > 0.5 {
				inner = strings.Repeat("{oidc:", n) + inner + strings.Repeat("}", n)
			}
			return query("mutation{" + times(1+g.upTo(2, 50), "addClient(managementApplicationId:1 input:"+inner+"){client{id}}") + "}")
		}},
		{"wide values", 3, func(g genes) string {
			return query("mutation{" + times(1+g.upTo(0, 60), "createRole(input:{name:1 permissions:["+times(1+g.upTo(1, 1900), "USERS_REA ")+"]"+
				times(g.upTo(2, 600), "x%:1 ")+"}){role{id}}") + "}")
		}},
		{"lists in lists", 3, func(g genes) string {
			inner := times(1+g.upTo(0, 900), "1 ")
			for range g.upTo(1, 60) {
				inner = "[" + inner + "]"
			}
			return query("mutation{" + times(1+g.upTo(2, 20), "assignRole(roleId:1 entityType:USER entityIds:"+inner+"){roleAssignments{id}}") + "}")
		}},
		{"strings for enums", 3, func(g genes) string {
			return query("mutation{createRole(input:{name:\"x\" permissions:[" + times(1+g.upTo(0, 900), "\""+strings.Repeat("USERS_", 1+g.upTo(1, 10000))+"%\" ") +
				times(g.upTo(2, 500), "\"USERS_REA\"") + "]}){role{id}}}")
		}},
		{"strings", 4, func(g genes) string {
			text := strings.Repeat(`\u0041`, g.upTo(0, 11000)) + strings.Repeat("é", g.upTo(1, 32000)) + strings.Repeat("x", g.upTo(2, 65000))
			return query("{" + times(1+g.upTo(3, 100), "user(id:\""+text+"\"){id}") + "}")
		}},
		{"block strings", 4, func(g genes) string {
			text := strings.Repeat("\n", g.upTo(0, 65000)) + strings.Repeat("\n  x", g.upTo(1, 16000)) + strings.Repeat("\\\"\"\"", g.upTo(2, 16000)) +
				strings.Repeat("\"\" ", g.upTo(3, 20000))
			return query(`{user(id:"""` + text + `"""){id}}`)
		}},
		{"quotes", 1, func(g genes) string {
			return query(`{user(id:"""` + strings.Repeat(`"" `, g.upTo(0, 300000)))
		}},
		{"comments", 3, func(g genes) string {
			return query(times(g.upTo(0, 2000), "#"+strings.Repeat("é", g.upTo(1, 60))+"\n") + "{viewer{tenantId}}#" + strings.Repeat("x", g.upTo(2, 1000000)))
		}},
		{"nothing", 3, func(g genes) string {
			return query(strings.Repeat(",", g.upTo(0, 1000000)) + strings.Repeat("\ufeff", g.upTo(1, 300000)) + "{viewer{tenantId}}" + strings.Repeat("\n", g.upTo(2, 500000)))
		}},
		{"numbers", 3, func(g genes) string {
			return query("{" + times(1+g.upTo(0, 200), "apps(first:"+strings.Repeat("9", 1+g.upTo(1, 60000))+"){totalCount}") +
				times(g.upTo(2, 200), "apps(first:1.5e999){totalCount}") + "}")
		}},
		{"punctuation", 2, func(g genes) string {
			return query(strings.Repeat("{", g.upTo(0, 100000)) + strings.Repeat("!", g.upTo(1, 1000000)))
		}},
		{"many values", 4, func(g genes) string {
			values := make([]any, g.upTo(0, 12000))
			for i := range values {
				switch {
				case g[1] < 0.25:
					values[i] = 1
				case g[1] < 0.5:
					values[i] = "users_read"
				case g[1] < 0.75:
					values[i] = []any{}
				default:
					values[i] = map[string]any{"a": 1}
				}
			}
			return body(role, map[string]any{"v": map[string]any{"name": strings.Repeat("é", g.upTo(2, 100000)), "permissions": values, "description": strings.Repeat("\n", g.upTo(3, 400000))}})
		}},
		{"wrong words", 2, func(g genes) string {
			values := make([]string, 1+g.upTo(0, 10000))
			for i := range values {
				values[i] = strings.Repeat("users_readx", 1+g.upTo(1, 9000))[:10]
			}
			return body(role, map[string]any{"v": map[string]any{"name": "x", "permissions": values}})
		}},
		{"null everywhere", 3, func(g genes) string {
			return body("mutation($v:Permission=USERS_READ){"+times(1+g.upTo(0, 100), "a%:createRole(input:{name:\"x\" permissions:["+times(1+g.upTo(1, 600), "$v ")+"]}){role{id}}")+"}",
				map[string]any{"v": nil, "w": make([]any, g.upTo(2, 12000))})
		}},
		{"deep variables", 2, func(g genes) string {
			n := g.upTo(0, 9000)
			return `{"query":"mutation($v:ClientInput!){addClient(managementApplicationId:1 input:$v){client{id}}}","variables":{"v":{"oidc":{"name":"x","jwks":` +
				strings.Repeat(`[{"a":`, n) + strings.Repeat("[],", g.upTo(1, 12000)) + "1" + strings.Repeat("}]", n) + "}}}}"
		}},
		{"fields of a body", 2, func(g genes) string {
			return "{" + times(g.upTo(0, 12000), `"k%":"\u00e9",`) + strings.Repeat(`"query":"{viewer{tenantId}}",`, g.upTo(1, 12000)) + `"query":"{viewer{tenantId}}"}`
		}},
	}
}
