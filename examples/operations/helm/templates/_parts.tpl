{{- define "bluetick.labels" -}}
app.kubernetes.io/name: bluetick
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "bluetick.metadata" -}}
name: {{ .root.Release.Name }}-{{ .part }}
labels:
  {{- include "bluetick.labels" . | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- /* A pod's template. The context: root, part, values (of the part), args, ports, probes, environment. */ -}}
{{- define "bluetick.pod" -}}
metadata:
  labels:
    {{- include "bluetick.labels" . | nindent 4 }}
  annotations:
    # Pods start again after a change of bluetick.toml.
    checksum/config: {{ sha256sum .root.Values.config }}
spec:
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 60
  {{- with .root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    seccompProfile:
      type: RuntimeDefault
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "bluetick.labels" . | nindent 10 }}
  containers:
    - name: {{ .part }}
      image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}"
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args: {{ .args | toJson }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      env:
        - name: HOME
          value: /tmp
        - name: BLUETICK_CONFIG
          value: /etc/bluetick/bluetick.toml
        {{- range $name, $value := merge (dict) (.values.environment | default dict) .environment }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
      {{- $secrets := compact (list .values.secret (.warehouse | ternary .root.Values.warehouse.secret "")) }}
      {{- if $secrets }}
      envFrom:
        {{- range $secrets }}
        - secretRef:
            name: {{ . }}
        {{- end }}
      {{- end }}
      ports:
        {{- range $name, $port := .ports }}
        - name: {{ $name }}
          containerPort: {{ $port }}
        {{- end }}
      startupProbe:
        httpGet: {{ .probes.live | toJson }}
        periodSeconds: 5
        failureThreshold: 60
      livenessProbe:
        httpGet: {{ .probes.live | toJson }}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: {{ .probes.ready | toJson }}
        periodSeconds: 5
        timeoutSeconds: 5
      resources:
        {{- toYaml .values.resources | nindent 8 }}
      volumeMounts:
        - name: config
          mountPath: /etc/bluetick
          readOnly: true
        - name: tmp
          mountPath: /tmp
        - name: data
          mountPath: /data
        {{- if .key }}
        - name: privacy-key
          mountPath: /data/privacy.key
          subPath: privacy.key
          readOnly: true
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ .root.Release.Name }}-config
    - name: tmp
      emptyDir:
        sizeLimit: 1Gi
    {{- if not .claimed }}
    - name: data
      emptyDir:
        sizeLimit: 1Gi
    {{- end }}
    {{- if .key }}
    - name: privacy-key
      secret:
        secretName: {{ .key }}
        defaultMode: 0440
    {{- end }}
{{- end }}

{{- define "bluetick.kafka" -}}
{{- $servers := required "kafka.bootstrapServers must name your Kafka" .Values.kafka.bootstrapServers -}}
{{- merge (dict "KAFKA_BOOTSTRAP_SERVERS" $servers) .Values.kafka.environment | toJson -}}
{{- end }}

{{- define "bluetick.warehouse" -}}
{{- $catalog := required "warehouse.catalog must be postgres://USER@HOST:PORT/DATABASE" .Values.warehouse.catalog -}}
{{- $path := required "warehouse.dataPath must be s3://BUCKET/PREFIX" .Values.warehouse.dataPath -}}
{{- merge (dict "BLUETICK_CATALOG" $catalog "BLUETICK_DATA_PATH" $path) .Values.warehouse.environment | toJson -}}
{{- end }}

{{- define "bluetick.ingress" -}}
{{- with .values.ingress }}
{{- if .host }}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  {{- include "bluetick.metadata" $ | nindent 2 }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with .className }}
  ingressClassName: {{ . }}
  {{- end }}
  tls:
    - hosts: [{{ .host | quote }}]
      secretName: {{ required "an Ingress needs tlsSecret: webhooks and people come by HTTPS" .tlsSecret }}
  rules:
    - host: {{ .host | quote }}
      http:
        paths:
          - path: {{ $.path }}
            pathType: Prefix
            backend:
              service:
                name: {{ $.root.Release.Name }}-{{ $.part }}
                port:
                  name: http
{{- end }}
{{- end }}
{{- end }}
