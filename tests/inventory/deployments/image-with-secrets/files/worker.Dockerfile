FROM registry.example.com/dart-runtime:3
COPY . /app/
