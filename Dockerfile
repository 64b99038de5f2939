# Airflow with storepulse in it. Everything is in the image: nothing is fetched when it starts.
FROM apache/airflow:3.3.2-python3.12

# The warehouse volume takes over who owns this folder when it is first mounted.
USER root
RUN install --directory --owner=airflow --group=root /var/lib/storepulse /opt/storepulse
USER airflow
WORKDIR /opt/storepulse

# The very versions the tests ran with. Providers that come with the image (FAB, Celery,
# PostgreSQL) stay; `pip check` ends the build if the two do not agree.
COPY --chown=airflow:root pyproject.toml uv.lock README.md ./
RUN pip install --no-cache-dir uv==0.13.9 \
    && uv export --frozen --no-dev --no-emit-project --output-file /tmp/requirements.txt --quiet \
    && pip install --no-cache-dir --requirement /tmp/requirements.txt \
    && rm /tmp/requirements.txt \
    && pip check

COPY --chown=airflow:root include include
COPY --chown=airflow:root dbt_project dbt_project
COPY --chown=airflow:root expectations expectations
COPY --chown=airflow:root plugins plugins
COPY --chown=airflow:root dags dags
COPY --chown=airflow:root pools.json ./
# Editable: the package looks for sources, suites and models beside itself.
RUN pip install --no-cache-dir --no-deps --editable .

ENV AIRFLOW__CORE__DAGS_FOLDER=/opt/storepulse/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/storepulse/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False \
    DBT_SEND_ANONYMOUS_USAGE_STATS=False \
    GX_ANALYTICS_ENABLED=False \
    STOREPULSE_HOME=/var/lib/storepulse
