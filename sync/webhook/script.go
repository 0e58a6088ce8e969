package webhook

import (
	"encoding/json"
	"strings"
)

// scriptTemplate is a business rule. %ENDPOINT% and %PROPERTY% are replaced.
const scriptTemplate = `(function executeRule(current, previous) {
    // When: async, on insert and update. A synchronous rule makes people wait.
    var payload = JSON.stringify({
        sys_id: current.getUniqueValue(),
        number: current.getValue('number'),
        short_description: current.getValue('short_description'),
        description: current.getValue('description'),
        state: current.getValue('state'),
        priority: current.getValue('priority'),
        impact: current.getValue('impact'),
        urgency: current.getValue('urgency'),
        assigned_to: current.getDisplayValue('assigned_to'),
        updated_on: current.getValue('sys_updated_on'),
        sys_mod_count: current.getValue('sys_mod_count'),
        sys_updated_by: current.getValue('sys_updated_by')
    });
    var timestamp = String(Math.floor(new GlideDateTime().getNumericValue() / 1000));
    var key = GlideStringUtil.base64Encode(gs.getProperty(%PROPERTY%));
    var signature = new GlideCertificateEncryption().generateMac(key, 'HmacSHA256', timestamp + '.' + payload);
    var request = new sn_ws.RESTMessageV2();
    request.setEndpoint(%ENDPOINT%);
    request.setHttpMethod('POST');
    request.setRequestHeader('Content-Type', 'application/json');
    request.setRequestHeader('%TIMESTAMP%', timestamp);
    request.setRequestHeader('%SIGNATURE%', signature);
    request.setRequestBody(payload);
    request.executeAsync();
})(current, previous);
`

// ServiceNowScript returns the script of a business rule for incident that sends the
// documented payload (002-03), with sys_mod_count so that repeated and late messages
// can be told, signed as [ServiceNow] verifies (002-04). endpoint is the receiver's
// URL, property the name of the system property (of type password) with the secret.
// generateMac takes its key in base64 and answers in base64 (ServiceNow community);
// in a scoped application the class is CertificateEncryption. Not verified on a real
// instance.
func ServiceNowScript(endpoint, property string) string {
	return strings.NewReplacer(
		"%ENDPOINT%", quote(endpoint), "%PROPERTY%", quote(property),
		"%TIMESTAMP%", ServiceNowTimestampHeader, "%SIGNATURE%", ServiceNowHeader,
	).Replace(scriptTemplate)
}

// quote makes a string of JavaScript, of which JSON's are a part.
func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		return `""` // a string always has a form
	}
	return string(text)
}
