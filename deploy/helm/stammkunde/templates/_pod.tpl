{{/* Metadata of a role's pods: a change of the policy replaces the pods. */}}
{{- define "stammkunde.podMetadata" -}}
labels:
  {{- include "stammkunde.labels" . | nindent 2 }}
annotations:
  checksum/policy: {{ .root.Values.policy | sha256sum }}
  {{- with .root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* The same for all pods: no rights, no token of the cluster. A worker needs up to 25 s to end. */}}
{{- define "stammkunde.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 40
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "stammkunde.selector" . | nindent 8 }}
volumes:
  - name: data
    emptyDir: {sizeLimit: {{ .root.Values.scratch.data }}}
  - name: tmp
    emptyDir: {sizeLimit: {{ .root.Values.scratch.tmp }}}
  {{- if and .root.Values.policy (ne .role "topics") }}
  - name: policy
    configMap:
      name: {{ include "stammkunde.name" .root }}-policy
  {{- end }}
  {{- with .root.Values.existingTlsSecret }}
  - name: tls
    secret:
      secretName: {{ . }}
  {{- end }}
{{- end }}

{{/* The same for all containers. The role adds arguments, ports and probes. */}}
{{- define "stammkunde.container" -}}
{{- with .root.Values.image -}}
image: "{{ .repository }}{{ with .digest }}@{{ . }}{{ else }}:{{ .tag | default $.root.Chart.AppVersion }}{{ end }}"
{{- end }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - name: data
    mountPath: /var/lib/stammkunde
  - name: tmp
    mountPath: /tmp
  {{- if and .root.Values.policy (ne .role "topics") }}
  - name: policy
    mountPath: /etc/stammkunde/policy
    readOnly: true
  {{- end }}
  {{- if .root.Values.existingTlsSecret }}
  - name: tls
    mountPath: /etc/stammkunde/tls
    readOnly: true
  {{- end }}
  {{- if and (eq .role "archive") (not .root.Values.archive.bucket) }}
  - name: archive
    mountPath: /var/lib/stammkunde-archive
  {{- end }}
{{- $ofRole := eq .role "archive" | ternary .root.Values.archive.existingSecret "" }}
{{- with compact (list .root.Values.existingSecret $ofRole) }}
envFrom:
  {{- range . }}
  - secretRef:
      name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The settings of every role. A role adds its own below. */}}
{{- define "stammkunde.env" -}}
- name: STAMMKUNDE_API_HOST
  value: "0.0.0.0"
- name: STAMMKUNDE_API_PORT
  value: "8000"
- name: STAMMKUNDE_METRICS_PORT
  value: "9100"
- name: STAMMKUNDE_PARTITIONS
  value: {{ .root.Values.partitions | quote }}
{{- if and .root.Values.policy (ne .role "topics") }}
- name: STAMMKUNDE_POLICY
  value: /etc/stammkunde/policy/policy.yaml
{{- end }}
{{- range $name, $value := .root.Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* For roles that serve their metrics in a thread. A worker with a blocked loop, or with a partition
that stands still, ends by itself and logs why: no probe could know better. */}}
{{- define "stammkunde.metricsProbes" -}}
startupProbe:
  httpGet: {path: /metrics, port: metrics}
  periodSeconds: 2
  failureThreshold: 60
readinessProbe:
  httpGet: {path: /metrics, port: metrics}
  periodSeconds: 10
  timeoutSeconds: 5
livenessProbe:
  httpGet: {path: /metrics, port: metrics}
  periodSeconds: 30
  timeoutSeconds: 10
  failureThreshold: 5
{{- end }}
